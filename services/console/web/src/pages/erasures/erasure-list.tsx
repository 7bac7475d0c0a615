import { Link } from 'wouter'
import type { Erasure, ErasurePage } from '../../app/answers.ts'
import { useTenantGet, useTenantWrite } from '../../app/api.ts'
import { useSearchParams } from '../../app/search-params.ts'
import { useCan } from '../../app/tenant.tsx'
import { JobProgress } from '../../ui/job-progress.tsx'
import { Panel } from '../../ui/page.tsx'
import { Pager } from '../../ui/pager.tsx'
import { Empty, ProblemNote, QueryState } from '../../ui/query-state.tsx'
import { kindLabel } from './kinds.ts'
import { Receipt } from './receipt.tsx'

/** What was asked for, by hashes alone, with what was done and its signed receipt. */
export function ErasureList() {
  const { values } = useSearchParams(['cursor'])
  const query = useTenantGet<ErasurePage>('/erasures', { query: values, keepPrevious: true, everyMs: 2_000 })
  const cancel = useTenantWrite<Erasure>()
  const mayCancel = useCan('operator')
  return (
    <Panel title="Erasures" isFlush>
      {cancel.isError && <ProblemNote error={cancel.error} />}
      <QueryState
        query={query}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty title="Nobody was erased yet.">What is asked for stands here, without a name.</Empty>}
      >
        {({ items, next_cursor }) => (
          <div>
            <ul className="jobs">
              {items.map((each) => (
                <li key={each.erasure_id}>
                  <JobProgress
                    of={each}
                    title={<Title of={each} />}
                    onCancel={
                      mayCancel && each.state === 'waiting-for-approval'
                        ? () => cancel.mutate({ path: `/erasures/${encodeURIComponent(each.erasure_id)}/cancel` })
                        : undefined
                    }
                  />
                  {each.receipt !== null && (
                    <details>
                      <summary>Signed receipt: what was done, and what stays</summary>
                      <Receipt of={each.receipt} />
                    </details>
                  )}
                </li>
              ))}
            </ul>
            <Pager nextCursor={next_cursor} shown={items.length} isBefore={query.isPlaceholderData} />
          </div>
        )}
      </QueryState>
    </Panel>
  )
}

/** Nobody is named: who asked knows the request by its reason. */
function Title({
  of: { subject_kind, subject_hash, reason, requested_by_name, approval_id },
}: {
  readonly of: Erasure
}) {
  return (
    <>
      {kindLabel(subject_kind)}
      {reason !== '' && `: ${reason}`} <span className="soft small">asked for by {requested_by_name}</span>{' '}
      <code className="soft small" title="What stands for whom it is about; nobody finds it by that without the keys">
        {subject_hash}
      </code>{' '}
      {approval_id !== null && <Link href={`/approvals/${encodeURIComponent(approval_id)}`}>its approval</Link>}
    </>
  )
}

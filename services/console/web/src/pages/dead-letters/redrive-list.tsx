import { Link } from 'wouter'
import type { Redrive, RedrivePage } from '../../app/answers.ts'
import { useTenantGet, useTenantWrite } from '../../app/api.ts'
import { useCan } from '../../app/tenant.tsx'
import { JobProgress } from '../../ui/job-progress.tsx'
import { Panel } from '../../ui/page.tsx'
import { ProblemNote, QueryState } from '../../ui/query-state.tsx'

/** The last redrives with their progress; nothing where none was ever asked for. */
export function RedriveList() {
  const query = useTenantGet<RedrivePage>('/redrives', { query: { limit: 5 }, everyMs: 2_000 })
  const cancel = useTenantWrite<Redrive>()
  const mayCancel = useCan('operator')
  if (query.data?.items.length === 0) return null
  return (
    <Panel title="Redrives" isFlush>
      {cancel.isError && <ProblemNote error={cancel.error} />}
      <QueryState query={query}>
        {({ items }) => (
          <ul className="jobs">
            {items.map((job) => (
              <li key={job.redrive_id}>
                <JobProgress
                  of={job}
                  title={<RedriveTitle of={job} />}
                  onCancel={
                    mayCancel
                      ? () => cancel.mutate({ path: `/redrives/${encodeURIComponent(job.redrive_id)}/cancel` })
                      : undefined
                  }
                />
              </li>
            ))}
          </ul>
        )}
      </QueryState>
    </Panel>
  )
}

function RedriveTitle({ of: { topic, group, approval_id } }: { readonly of: Redrive }) {
  return (
    <>
      {topic} to {group}
      {approval_id !== null && (
        <>
          {' '}
          <Link href={`/approvals/${encodeURIComponent(approval_id)}`}>its approval</Link>
        </>
      )}
    </>
  )
}

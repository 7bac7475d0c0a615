import { Link } from 'wouter'
import type { Approval } from '../app/answers.ts'
import { useTenantGet } from '../app/api.ts'
import { useCan } from '../app/tenant.tsx'
import { Status } from '../ui/badge.tsx'
import { CopyText } from '../ui/copy-text.tsx'
import { JsonTree } from '../ui/json-tree.tsx'
import { Facts, Page, Panel } from '../ui/page.tsx'
import { QueryState } from '../ui/query-state.tsx'
import { BothTimes } from '../ui/time.tsx'
import { formatCount } from '../ui/time-format.ts'
import { Decide } from './approvals/decide.tsx'
import { kindWords } from './approvals/kind-words.ts'
import { ModeNote } from './approvals/mode-note.tsx'
import { LookFirst } from './erasures/look-first.tsx'

/** Texts and graphs that an erasure could not find in it. */
const GONE =
  'What a request is about is kept for seven days after its end, and this one ended before that. The hash above still names it.'

/** One request: exactly what would be done, why, how much, and the decision. */
export function ApprovalPage({ id }: { readonly id: string }) {
  const mayLook = useCan('operator')
  const query = useTenantGet<Approval>(`/approvals/${encodeURIComponent(id)}`, { everyMs: 3_000 })
  return (
    <Page title={query.data ? kindWords(query.data.kind) : 'Request'}>
      <QueryState query={query}>
        {(approval) => (
          <div className="stack">
            {approval.status === 'pending' && <ModeNote />}
            <Outcome of={approval} />
            <div className={approval.status === 'pending' ? 'columns has-side' : 'stack'}>
              <div className="stack">
                <Panel title="Request">
                  <Facts of={facts(approval)} />
                </Panel>
                <Panel title="Exactly this is done">
                  {approval.params === null ? <p>{GONE}</p> : <JsonTree value={approval.params} />}
                </Panel>
                {approval.kind === 'erasure' && approval.status === 'pending' && mayLook && <LookFirst of={approval} />}
              </div>
              {approval.status === 'pending' && <Decide of={approval} />}
            </div>
          </div>
        )}
      </QueryState>
    </Page>
  )
}

function Outcome({ of }: { readonly of: Approval }) {
  if (of.status === 'failed')
    return (
      <p className="note is-bad" role="status">
        <span>
          <strong>It was approved and failed.</strong> {of.error}
        </span>
      </p>
    )
  if (of.status !== 'approved' && of.status !== 'executing') return null
  if (of.error === null)
    return (
      <p className="note" role="status">
        It was approved and is being done.
      </p>
    )
  return (
    <p className="note is-warn" role="status">
      <span>
        <strong>It was approved and is tried again.</strong> Last time: {of.error}
      </span>
    </p>
  )
}

function facts(of: Approval) {
  return [
    ['Status', <Status key="status" of={of.status} />],
    ['Subject', <Subject key="subject" of={of.subject} />],
    ['How many', of.count !== null && formatCount(of.count)],
    ['Reason', of.reason],
    ['Asked by', `${of.requested_name} (${of.requested_kind})`],
    ['Asked', <BothTimes key="asked" at={of.requested_at} />],
    ['Expires', of.status === 'pending' && <BothTimes key="expires" at={of.expires_at} />],
    [
      'Decided by',
      of.decided_name && `${of.decided_name}${of.decided_mode === 'one-person' ? ', who had asked for it too' : ''}`,
    ],
    ['Decided', of.decided_at !== null && <BothTimes key="decided" at={of.decided_at} />],
    ['Why', of.decision_reason],
    ['Done', of.executed_at !== null && <BothTimes key="done" at={of.executed_at} />],
    ['Hash of it', <CopyText key="hash" text={of.params_sha256} what="hash" />],
    ['Id', <CopyText key="id" text={of.id} what="approval id" />],
  ] as const
}

/** `endpoint/ep_1` and the like: leads there where there is a page. */
function Subject({ of }: { readonly of: string }) {
  const [what = '', id = ''] = of.split(/\/(.*)/s)
  const pages: Readonly<Record<string, string>> = {
    endpoint: 'endpoints',
    event: 'events',
    conversation: 'conversations',
  }
  const page = pages[what]
  if (page === undefined) return <span className="break">{of}</span>
  return (
    <Link className="break" href={`/${page}/${encodeURIComponent(id)}`}>
      {of}
    </Link>
  )
}

import { Link } from 'wouter'
import type { AuditEntry, AuditVerdict, AuditPage as Entries } from '../app/answers.ts'
import { useTenantGet } from '../app/api.ts'
import { useSearchParams } from '../app/search-params.ts'
import { Badge, Status } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { Page } from '../ui/page.tsx'
import { Pager } from '../ui/pager.tsx'
import { Empty, ProblemNote, QueryState } from '../ui/query-state.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { Time } from '../ui/time.tsx'
import { formatCount } from '../ui/time-format.ts'

/** Every change of state, by whom and why, in a chain of hashes. */
export function AuditPage() {
  const { values, change } = useSearchParams(['actor', 'action', 'subject', 'cursor'])
  const query = useTenantGet<Entries>('/audit', { query: values, keepPrevious: true, everyMs: 10_000 })
  const field = (name: 'actor' | 'action' | 'subject', label: string, placeholder: string) => (
    <SearchField
      label={label}
      value={values[name]}
      placeholder={placeholder}
      onSearch={(value) => change({ [name]: value }, { replace: true })}
    />
  )
  return (
    <Page
      title="Audit"
      lead="Who did what, when and why. Entries are chained by hashes in a topic that only the console writes; a changed byte breaks the chain."
    >
      <div className="stack">
        <Verification />
        <search className="filters no-margin">
          {field('actor', 'Actor', 'name or id')}
          {field('action', 'Action', 'endpoint.disable')}
          {field('subject', 'Subject', 'endpoint/ep_…')}
        </search>
        <QueryState
          query={query}
          isEmpty={({ items }) => items.length === 0}
          empty={<Empty title="No entry fits.">Entries are kept for 400 days.</Empty>}
        >
          {({ items, next_cursor }) => (
            <div>
              <DataTable
                caption="Audit entries"
                columns={columns}
                rows={items}
                rowKey={({ sequence }) => String(sequence)}
              />
              <Pager nextCursor={next_cursor} shown={items.length} isBefore={query.isPlaceholderData} />
            </div>
          )}
        </QueryState>
      </div>
    </Page>
  )
}

/** Reads the whole chain when it is asked for, not before: that takes a while. */
function Verification() {
  const query = useTenantGet<AuditVerdict>('/audit/verify', { enabled: false })
  return (
    <div className="stack">
      <div>
        <Button isBusy={query.isFetching} onClick={() => query.refetch()}>
          Verify the chain
        </Button>
      </div>
      {query.isError && <ProblemNote error={query.error} />}
      {query.data && <Verdict of={query.data} />}
    </div>
  )
}

function Verdict({ of }: { readonly of: AuditVerdict }) {
  return (
    <p className={`note ${of.is_intact ? '' : 'is-bad'}`} role="status">
      <span>
        <strong>{of.is_intact ? 'The chain is whole.' : 'The chain is broken.'}</strong> {formatCount(of.entries)}{' '}
        entries were read
        {of.problem === null ? '.' : `: ${of.problem}`}
      </span>
    </p>
  )
}

/** What was begun has an entry of its own for its end; where that is missing, it may be done or not. */
function Outcome({ of: { outcome, is_open } }: { readonly of: AuditEntry }) {
  return (
    <span className="row">
      <Status of={outcome} />
      {is_open && <Badge tone="warn">no end noted</Badge>}
    </span>
  )
}

const columns: readonly Column<AuditEntry>[] = [
  { key: 'at', header: 'At', cell: ({ at }) => <Time at={at} /> },
  {
    key: 'actor',
    header: 'Who',
    isMain: true,
    cell: ({ actor_name }) => <strong className="break">{actor_name}</strong>,
  },
  { key: 'action', header: 'Did', cell: ({ action }) => <code className="small break">{action}</code> },
  { key: 'subject', header: 'To', cell: ({ subject }) => <span className="mono small break">{subject}</span> },
  {
    key: 'reason',
    header: 'Why',
    cell: ({ reason, approval_id }) => (
      <span className="break">
        {reason} {approval_id !== null && <Link href={`/approvals/${encodeURIComponent(approval_id)}`}>approval</Link>}
        {!reason && approval_id === null && <span className="soft">–</span>}
      </span>
    ),
  },
  { key: 'outcome', header: 'Outcome', cell: (entry) => <Outcome of={entry} /> },
  { key: 'number', header: 'No.', align: 'number', cell: ({ sequence }) => sequence },
]

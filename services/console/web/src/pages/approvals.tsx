import { Link } from 'wouter'
import type { Approval, ApprovalPage as Approvals } from '../app/answers.ts'
import { useTenantGet } from '../app/api.ts'
import { useSearchParams } from '../app/search-params.ts'
import { Status } from '../ui/badge.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { Select } from '../ui/field.tsx'
import { Page } from '../ui/page.tsx'
import { Pager } from '../ui/pager.tsx'
import { Empty, QueryState } from '../ui/query-state.tsx'
import { Time } from '../ui/time.tsx'
import { formatCount } from '../ui/time-format.ts'
import { kindWords } from './approvals/kind-words.ts'
import { ModeNote } from './approvals/mode-note.tsx'

const statuses = [
  { value: '', label: 'All' },
  { value: 'pending', label: 'Waiting for a decision' },
  { value: 'done', label: 'Approved and done' },
  { value: 'failed', label: 'Approved, failed' },
  { value: 'refused', label: 'Refused' },
  { value: 'cancelled', label: 'Cancelled' },
  { value: 'expired', label: 'Expired' },
]

/** What waits for a second person, and what was decided. */
export function ApprovalsPage() {
  const { values, change } = useSearchParams(['status', 'cursor'])
  const query = useTenantGet<Approvals>('/approvals', { query: values, keepPrevious: true, everyMs: 5_000 })
  return (
    <Page title="Approvals">
      <div className="stack">
        <ModeNote />
        <search className="filters no-margin">
          <Select label="Status" options={statuses} value={values.status} onValue={(status) => change({ status })} />
        </search>
        <QueryState
          query={query}
          isEmpty={({ items }) => items.length === 0}
          empty={
            <Empty title={values.status === '' ? 'Nothing was asked for yet.' : 'No request has this status.'}>
              Webhook responses and erasure always wait here for a second person; so do replays of more than 1,000
              events, and redrives and enabling endpoints where the installation says so.
            </Empty>
          }
        >
          {({ items, next_cursor }) => (
            <div>
              <DataTable caption="Requests" columns={columns} rows={items} rowKey={({ id }) => id} />
              <Pager nextCursor={next_cursor} shown={items.length} isBefore={query.isPlaceholderData} />
            </div>
          )}
        </QueryState>
      </div>
    </Page>
  )
}

const columns: readonly Column<Approval>[] = [
  {
    key: 'what',
    header: 'Request',
    isMain: true,
    cell: (row) => (
      <div className="cell-lines">
        <Link className="row-link break" href={`/approvals/${encodeURIComponent(row.id)}`}>
          {kindWords(row.kind)}
          {row.count === null ? '' : `, ${formatCount(row.count)}`}
        </Link>
        <span className="soft small break">{row.reason}</span>
      </div>
    ),
  },
  { key: 'status', header: 'Status', cell: ({ status }) => <Status of={status} /> },
  { key: 'by', header: 'Asked by', cell: ({ requested_name }) => <span className="break">{requested_name}</span> },
  { key: 'at', header: 'Asked', cell: ({ requested_at }) => <Time at={requested_at} /> },
  {
    key: 'decided',
    header: 'Decided',
    cell: ({ decided_name, decided_at, expires_at, status }) =>
      decided_at === null ? (
        <span className="soft">
          {status === 'pending' ? 'expires ' : 'expired '}
          <Time at={expires_at} />
        </span>
      ) : (
        <>
          {decided_name}, <Time at={decided_at} />
        </>
      ),
  },
]

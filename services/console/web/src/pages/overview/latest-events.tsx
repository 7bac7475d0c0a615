import { Link } from 'wouter'
import type { EventPage } from '../../app/answers.ts'
import { useTenantGet } from '../../app/api.ts'
import { DataTable } from '../../ui/data-table.tsx'
import { Panel } from '../../ui/page.tsx'
import { Empty, QueryState } from '../../ui/query-state.tsx'
import { eventColumns } from '../events/columns.tsx'

const ROWS = 10
const REFRESH_MS = 3_000
const shown = ['received', 'type', 'status', 'about', 'source']
const columns = eventColumns.filter(({ key }) => shown.includes(key))

/** What came last, each a click away from its story. */
export function LatestEvents() {
  const query = useTenantGet<EventPage>('/events', { query: { limit: ROWS }, everyMs: REFRESH_MS })
  return (
    <Panel title="Latest events" isFlush actions={<Link href="/events">All events</Link>}>
      <QueryState
        query={query}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty title="No event yet.">A moment after the first webhook was taken it shows here.</Empty>}
      >
        {({ items }) => (
          <DataTable caption="Latest events" columns={columns} rows={items} rowKey={(event) => event.event_id} />
        )}
      </QueryState>
    </Panel>
  )
}

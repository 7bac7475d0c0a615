import { Link } from 'wouter'
import type { Endpoint, EndpointPage } from '../app/answers.ts'
import { useTenantGet } from '../app/api.ts'
import { useSearchParams } from '../app/search-params.ts'
import { useCan } from '../app/tenant.tsx'
import { Badge } from '../ui/badge.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { Page } from '../ui/page.tsx'
import { Pager } from '../ui/pager.tsx'
import { Empty, QueryState } from '../ui/query-state.tsx'
import { Time } from '../ui/time.tsx'
import { EndpointState } from './endpoints/endpoint-state.tsx'
import { endpointKindWords } from './endpoints/kind-words.ts'
import { narrowings } from './endpoints/narrowings.ts'

/** Where events are delivered to. */
export function EndpointsPage() {
  const { values } = useSearchParams(['cursor'])
  const query = useTenantGet<EndpointPage>('/endpoints', { query: values, keepPrevious: true, everyMs: 10_000 })
  const mayAdd = useCan('operator')
  const add = mayAdd && (
    <Link className="button is-primary" href="/endpoints/new">
      New endpoint
    </Link>
  )
  return (
    <Page title="Endpoints" actions={add}>
      <QueryState
        query={query}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title="No endpoint yet.">
            An endpoint is a customer’s URL that gets signed webhooks: which events, how fast and in what form is said
            here.
          </Empty>
        }
      >
        {({ items, next_cursor }) => (
          <>
            <DataTable caption="Endpoints" columns={columns} rows={items} rowKey={({ endpoint_id }) => endpoint_id} />
            <Pager nextCursor={next_cursor} shown={items.length} isBefore={query.isPlaceholderData} />
          </>
        )}
      </QueryState>
    </Page>
  )
}

const columns: readonly Column<Endpoint>[] = [
  {
    key: 'url',
    header: 'Endpoint',
    isMain: true,
    cell: (row) => (
      <div className="cell-lines">
        <Link className="row-link break" href={`/endpoints/${encodeURIComponent(row.endpoint_id)}`}>
          {row.description || row.url}
        </Link>
        {row.description !== '' && <span className="soft small break">{row.url}</span>}
      </div>
    ),
  },
  { key: 'state', header: 'State', cell: (row) => <EndpointState of={row} /> },
  {
    key: 'kind',
    header: 'Kind',
    cell: ({ kind }) => <Badge>{endpointKindWords(kind)}</Badge>,
  },
  {
    key: 'types',
    header: 'Events',
    cell: ({ event_types }) => <span className="break">{event_types.join(', ') || 'messages'}</span>,
  },
  {
    key: 'only',
    header: 'Only',
    cell: (row) => <span className="break">{narrowings(row).join(', ') || <span className="soft">all</span>}</span>,
  },
  { key: 'changed', header: 'Changed', cell: ({ updated_at }) => <Time at={updated_at} /> },
]

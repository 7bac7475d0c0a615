import type { EventPage } from '../app/answers.ts'
import { useTenantGet } from '../app/api.ts'
import { useSearchParams } from '../app/search-params.ts'
import { useMe } from '../app/session.tsx'
import { Button } from '../ui/button.tsx'
import { DataTable } from '../ui/data-table.tsx'
import { Page } from '../ui/page.tsx'
import { Pager } from '../ui/pager.tsx'
import { Empty, QueryState } from '../ui/query-state.tsx'
import { Time } from '../ui/time.tsx'
import { eventColumns } from './events/columns.tsx'
import { EventFilters } from './events/filters.tsx'
import { filterNames, queryOf } from './events/search.ts'

const REFRESH_MS = 5_000

/** All events, searched and filtered by what the address says. The first page keeps itself current. */
export function EventsPage() {
  const {
    values: { asked: said, ...values },
    change,
  } = useSearchParams([...filterNames, 'cursor', 'asked'], { unlisted: ['text'] })
  const isFirst = values.cursor === ''
  const asked = (!isFirst && Number(said)) || Date.now()
  const query = useTenantGet<EventPage>('/events/search', {
    search: queryOf(values, asked),
    everyMs: isFirst && values.text === '' ? REFRESH_MS : false,
    keepPrevious: true,
  })
  const isFiltered = filterNames.some((name) => values[name] !== '')
  return (
    <Page title="Events">
      <EventFilters values={values} onChange={change} />
      {values.text !== '' && <SearchedWords isNarrow={narrow.some((name) => values[name] !== '')} />}
      <QueryState
        query={query}
        isEmpty={({ items, next_cursor }) => items.length === 0 && next_cursor === null && isFirst}
        empty={<NoEvents isFiltered={isFiltered} onClear={() => change(cleared)} />}
      >
        {({ items, next_cursor, searched_until }) => (
          <>
            {searched_until !== null && (
              <p className="note" role="status">
                Payloads were searched back to <Time at={searched_until} />.{' '}
                {next_cursor && 'The next page goes on from there.'}
              </p>
            )}
            {items.length > 0 && (
              <DataTable caption="Events" columns={eventColumns} rows={items} rowKey={(event) => event.event_id} />
            )}
            <Pager
              nextCursor={next_cursor}
              shown={items.length}
              isBefore={query.isPlaceholderData}
              also={{ asked: String(asked) }}
            />
          </>
        )}
      </QueryState>
    </Page>
  )
}

/** With one of these the few payloads that are left are opened and looked through. */
const narrow = ['q', 'conversation', 'client'] as const

function SearchedWords({ isNarrow }: { readonly isNarrow: boolean }) {
  if (useMe().search === 'parts' || isNarrow) return null
  return (
    <p className="note">
      Payloads are encrypted here: whole names and addresses of people and whole words of subjects are found. With a
      conversation, a client or an id, any text is.
    </p>
  )
}

const cleared = Object.fromEntries(filterNames.map((name) => [name, '']))

function NoEvents({ isFiltered, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }) {
  if (isFiltered)
    return (
      <Empty title="No event matches.">
        <p>
          Ids are matched whole. An event shows here some moments after its webhook was answered; a webhook that only
          repeated a known event made none, so its own id finds nothing: search for the event’s id or its conversation.
        </p>
        <Button onClick={onClear}>Clear all filters</Button>
      </Empty>
    )
  return (
    <Empty title="No event yet.">
      <p>
        Play sample traffic with <code>npm run demo</code>, or connect a sender with{' '}
        <code>npm run millrace -- connect front</code>.
      </p>
    </Empty>
  )
}

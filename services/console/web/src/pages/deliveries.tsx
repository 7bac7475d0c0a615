import type { DeliveryPage } from '../app/answers.ts'
import { useTenantGet } from '../app/api.ts'
import { useSearchParams } from '../app/search-params.ts'
import { Select } from '../ui/field.tsx'
import { Page } from '../ui/page.tsx'
import { Pager } from '../ui/pager.tsx'
import { Empty, QueryState } from '../ui/query-state.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { DeliveryTable } from './deliveries/delivery-table.tsx'

const states = [
  { value: '', label: 'All' },
  { value: 'requested', label: 'Requested' },
  { value: 'waiting', label: 'Waiting' },
  { value: 'succeeded', label: 'Succeeded' },
  { value: 'dead', label: 'Dead' },
  { value: 'cancelled', label: 'Cancelled' },
]

/** What was or is to be sent to endpoints, newest first. */
export function DeliveriesPage() {
  const { values, change } = useSearchParams(['endpoint', 'event', 'conversation', 'state', 'code', 'cursor'])
  const query = useTenantGet<DeliveryPage>('/deliveries', { query: values, keepPrevious: true, everyMs: 10_000 })
  const isFiltered = Object.entries(values).some(([name, value]) => name !== 'cursor' && value !== '')
  const field = (name: 'endpoint' | 'event' | 'conversation' | 'code', label: string, placeholder: string) => (
    <SearchField
      label={label}
      value={values[name]}
      placeholder={placeholder}
      onSearch={(value) => change({ [name]: value }, { replace: true })}
    />
  )
  return (
    <Page title="Deliveries">
      <search className="filters">
        <Select label="State" options={states} value={values.state} onValue={(state) => change({ state })} />
        {field('endpoint', 'Endpoint', 'ep_…')}
        {field('event', 'Event', 'evt_…')}
        {field('conversation', 'Conversation', 'cnv_…')}
        {field('code', 'Class of the last failure', 'MR_DELIVERY_TIMEOUT')}
      </search>
      <QueryState
        query={query}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title={isFiltered ? 'No delivery fits these filters.' : 'Nothing was delivered yet.'}>
            {isFiltered
              ? 'Ids are matched whole. Attempts are kept for 30 days.'
              : 'Each event that an endpoint’s filter fits becomes a delivery to it. Add an endpoint to begin.'}
          </Empty>
        }
      >
        {({ items, next_cursor }) => (
          <>
            <DeliveryTable rows={items} />
            <Pager nextCursor={next_cursor} shown={items.length} isBefore={query.isPlaceholderData} />
          </>
        )}
      </QueryState>
    </Page>
  )
}

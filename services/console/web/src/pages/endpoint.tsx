import { useState } from 'react'
import { Link } from 'wouter'
import type { DeliveryPage, Endpoint } from '../app/answers.ts'
import { useTenantGet } from '../app/api.ts'
import { useCan } from '../app/tenant.tsx'
import { Page, Panel } from '../ui/page.tsx'
import { Empty, QueryState } from '../ui/query-state.tsx'
import { DeliveryTable } from './deliveries/delivery-table.tsx'
import { EditEndpoint } from './endpoints/edit-endpoint.tsx'
import { EndpointActions } from './endpoints/endpoint-actions.tsx'
import { EndpointFacts } from './endpoints/endpoint-facts.tsx'
import { Health } from './endpoints/health.tsx'

/** One endpoint: how it does, what it gets, its last deliveries, and all that one may do with it. */
export function EndpointPage({ id }: { readonly id: string }) {
  const query = useTenantGet<Endpoint>(`/endpoints/${encodeURIComponent(id)}`, { everyMs: 5_000 })
  const [isEdited, setEdited] = useState(false)
  const mayChange = useCan('operator')
  return (
    <Page title={query.data?.description || query.data?.url || 'Endpoint'}>
      <QueryState query={query}>
        {(endpoint) => (
          <div className="stack">
            <Health of={endpoint} />
            {mayChange && <EndpointActions of={endpoint} onEdit={() => setEdited(true)} />}
            {isEdited ? (
              <EditEndpoint of={endpoint} onDone={() => setEdited(false)} />
            ) : (
              <Panel title="What it gets">
                <EndpointFacts of={endpoint} />
              </Panel>
            )}
            <LastDeliveries id={id} />
          </div>
        )}
      </QueryState>
    </Page>
  )
}

const SHOWN = 10

function LastDeliveries({ id }: { readonly id: string }) {
  const query = useTenantGet<DeliveryPage>('/deliveries', { query: { endpoint: id, limit: SHOWN }, everyMs: 5_000 })
  const all = `/deliveries?endpoint=${encodeURIComponent(id)}`
  return (
    <Panel title="Last deliveries" isFlush actions={<Link href={all}>All of them</Link>}>
      <QueryState
        query={query}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty title="Nothing was delivered to it yet.">A test shows whether it answers.</Empty>}
      >
        {({ items }) => <DeliveryTable rows={items} isOfOne />}
      </QueryState>
    </Panel>
  )
}

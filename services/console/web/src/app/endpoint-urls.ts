import { useMemo } from 'react'
import type { EndpointPage } from './answers.ts'
import { useTenantGet } from './api.ts'

const MOST = 200

/** URLs of the tenant's endpoints by their ids, as far as one page tells: people know an endpoint by its URL. */
export function useEndpointUrls(): ReadonlyMap<string, string> {
  const { data } = useTenantGet<EndpointPage>('/endpoints', { query: { limit: MOST } })
  return useMemo(() => new Map(data?.items.map(({ endpoint_id, url }) => [endpoint_id, url])), [data])
}

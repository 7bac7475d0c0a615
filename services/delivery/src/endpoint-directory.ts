import type { Table } from '@millrace/kafka'
import type { Endpoint } from '@millrace/schemas'

/** The endpoints as they are now, by tenant and by record key. */
export interface EndpointDirectory {
  ofTenant(tenant: string): Iterable<Endpoint>
  /** `removed`: it was there and is gone. `unknown`: never seen, so perhaps not read yet. */
  find(key: string): Endpoint | 'removed' | 'unknown'
}

/** Follows the endpoints' table, which must not have begun to read (call it right after `kafka.table`). */
export function createEndpointDirectory(table: Pick<Table<Endpoint>, 'get' | 'onChange'>): EndpointDirectory {
  const byTenant = new Map<string, Map<string, Endpoint>>()
  const tenantOf = new Map<string, string>()
  const removed = new Set<string>()

  table.onChange((key, endpoint) => {
    byTenant.get(tenantOf.get(key) ?? '')?.delete(key)
    if (endpoint === undefined) {
      removed.add(key)
      return
    }
    removed.delete(key)
    tenantOf.set(key, endpoint.tenant)
    const known = byTenant.get(endpoint.tenant) ?? new Map<string, Endpoint>()
    byTenant.set(endpoint.tenant, known.set(key, endpoint))
  })

  return {
    ofTenant: (tenant) => byTenant.get(tenant)?.values() ?? [],
    find: (key) => table.get(key) ?? (removed.has(key) ? 'removed' : 'unknown'),
  }
}

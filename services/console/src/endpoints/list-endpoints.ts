import { type EndpointStore, viewOf } from '@millrace/operations'
import { z } from 'zod'
import { pageFrom, readCursor } from '../read/cursor.ts'
import type { Endpoints } from './endpoints.ts'
import type { endpointPage, endpointSchema, endpointsQuery } from './schemas.ts'

type EndpointView = z.infer<typeof endpointSchema>

const place = z.tuple([z.number(), z.string()])

/** The endpoints of a tenant as they are now, newest first. */
export async function listEndpoints(
  store: EndpointStore,
  tenant: string,
  { kind, q, limit, cursor }: z.output<typeof endpointsQuery>,
): Promise<z.infer<typeof endpointPage>> {
  const from = readCursor(cursor, place)
  const [all, states] = await Promise.all([store.all(), store.states()])
  const wanted = q?.toLowerCase() ?? ''
  const rows = [...all.values()]
    .filter((each) => each.tenant === tenant && (!kind || each.kind === kind))
    .filter((each) =>
      [each.endpoint_id, each.url, each.description].some((text) => text.toLowerCase().includes(wanted)),
    )
    .sort((a, b) => b.created_at - a.created_at || (a.endpoint_id < b.endpoint_id ? 1 : -1))
    .filter((each) => from === undefined || isAfter([each.created_at, each.endpoint_id], from))
  const now = Date.now()
  return pageFrom(
    rows,
    limit,
    ({ created_at, endpoint_id }) => [created_at, endpoint_id],
    (endpoint) => viewOf(endpoint, states, now) satisfies EndpointView,
  )
}

function isAfter([at, id]: readonly [number, string], [fromAt, fromId]: readonly [number, string]): boolean {
  return at < fromAt || (at === fromAt && id < fromId)
}

/** One endpoint as it is now. @throws OperationsError `MR_OPERATIONS_NOT_FOUND` */
export async function getEndpoint(
  { find, store }: Pick<Endpoints, 'find' | 'store'>,
  tenant: string,
  id: string,
): Promise<EndpointView> {
  const [endpoint, states] = await Promise.all([find(tenant, id), store.states()])
  return viewOf(endpoint, states, Date.now())
}

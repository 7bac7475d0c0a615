import type { Table } from '@millrace/kafka'
import type { Endpoint } from '@millrace/schemas'

/** What an event tells of whom it may go to. */
export interface Whereabouts {
  readonly tenant: string
  readonly conversation_id: string | null
}

/** The endpoints as they are now, by tenant and conversation and by record key. */
export interface EndpointDirectory {
  /** Those of the tenant that are for all its conversations, then those of this conversation alone: a tenant may have a config for each. */
  about(event: Whereabouts): Iterable<Endpoint>
  /** `removed`: it was there and is gone. `unknown`: never seen, so perhaps not read yet. */
  find(key: string): Endpoint | 'removed' | 'unknown'
  /** All of them, in no order. */
  all(): Iterable<Endpoint>
  /** Whether nothing is to be requested for it any more, though it is enabled as configured. */
  wantsNothing(endpoint: Endpoint): boolean
}

/** Follows the endpoints' table, which must not have begun to read (call it right after `kafka.table`). */
export function createEndpointDirectory(
  table: Pick<Table<Endpoint>, 'get' | 'onChange'>,
  wantsNothing: EndpointDirectory['wantsNothing'] = () => false,
): EndpointDirectory {
  const byPlace = new Map<string, Map<string, Endpoint>>()
  const placeOf = new Map<string, string>()
  const removed = new Set<string>()

  const forget = (key: string) => {
    const place = placeOf.get(key)
    if (place === undefined) return
    placeOf.delete(key)
    const known = byPlace.get(place)
    known?.delete(key)
    if (known?.size === 0) byPlace.delete(place)
  }

  table.onChange((key, endpoint) => {
    forget(key)
    if (endpoint === undefined) {
      removed.add(key)
      return
    }
    removed.delete(key)
    const place = nameOf(endpoint)
    placeOf.set(key, place)
    const known = byPlace.get(place) ?? new Map<string, Endpoint>()
    byPlace.set(place, known.set(key, endpoint))
  })

  const at = (place: Whereabouts): Iterable<Endpoint> => byPlace.get(nameOf(place))?.values() ?? []
  return {
    *about({ tenant, conversation_id }) {
      yield* at({ tenant, conversation_id: null })
      if (conversation_id !== null) yield* at({ tenant, conversation_id })
    },
    *all() {
      for (const endpoints of byPlace.values()) yield* endpoints.values()
    },
    wantsNothing,
    find: (key) => table.get(key) ?? (removed.has(key) ? 'removed' : 'unknown'),
  }
}

function nameOf({ tenant, conversation_id }: Whereabouts): string {
  return JSON.stringify([tenant, conversation_id])
}

import { eventTypes, matchesEventType, messageTypes, taskReceived } from '@millrace/domain'
import type { Endpoint } from '@millrace/schemas'

/** Types are open-ended, so an unknown one is taken; but it is more often a slip than a plan. `front.*` is for types that Front adds. */
export function unknownTypes(endpoint: Pick<Endpoint, 'event_types'>): string[] {
  const known = [...eventTypes.map(({ type }) => type), taskReceived.type, ...messageTypes]
  return endpoint.event_types.filter(
    (wanted) => !wanted.startsWith('front.') && !known.some((type) => matchesEventType(wanted, type)),
  )
}

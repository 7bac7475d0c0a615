import { type Topic, topics } from '@millrace/schemas'
import { type DeadPlace, SENDERS } from './dead-letters.ts'

/**
 * How a dead letter gets back to the group that gave it up, so that no other group handles it twice.
 * `source`: into its topic, whose other readers know the record for what it was. `replay`: into `webhooks.replays`, for this group alone.
 * `read`: its conversation is read again. `delivery`: into `deliveries.requested`, tries and deadline anew.
 */
export type WayBack =
  | { readonly kind: 'source' | 'replay' | 'read' | 'delivery' }
  | { readonly kind: 'none'; readonly why: string }

const byTopic = new Map<string, WayBack['kind']>([
  // A copy that dedup knows is dropped there.
  [topics.received.name, 'source'],
  [topics.replays.name, 'source'],
  // Its folds are idempotent, and what is wished for twice is read once more.
  [topics.refreshes.name, 'source'],
  [topics.observations.name, 'source'],
  // A conversation's key has one writer, so an old snapshot must not be put behind a newer one.
  [topics.snapshots.name, 'read'],
])

/** Pure; a place that is not in the registry has no way back. */
export function wayBack({ source, group }: DeadPlace): WayBack {
  if (group === SENDERS) return { kind: 'delivery' }
  if (group === 'poller-parity') return noWay('it only compares what came with what was polled, and that time is over')
  if (isEvents(source)) {
    if (topics.replays.groups.some((each) => each === group)) return { kind: 'replay' }
    return noWay(`${group} reads no replays: what it notes of an event is noted by the next event of the conversation`)
  }
  const kind = byTopic.get(source.name)
  return kind === undefined || kind === 'none' ? noWay(`nothing of ${source.name} can be put back`) : { kind }
}

function isEvents({ name }: Topic<unknown>): boolean {
  return name === topics.events.name
}

function noWay(why: string): WayBack {
  return { kind: 'none', why }
}

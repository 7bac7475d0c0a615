import { topics } from '@millrace/schemas'
import { generateEvents, type Receiver, startReceiver, waitFor } from '@millrace/test-support'
import type { TestSystem } from './test-system.ts'

export interface Wanted {
  /** As `millrace endpoints add --types` takes them. They must cover `comment.added`, of which the probes are. */
  readonly types: string
  /** Default all conversations. */
  readonly conversationId?: string
}

/** Adds an endpoint of its own by the command, and waits until the delivery service serves it. */
export async function addReceiver(
  system: TestSystem,
  wanted: Wanted,
): Promise<{ receiver: Receiver; endpointId: string }> {
  const receiver = await startReceiver({ secret: system.endpointSecret })
  const { types, conversationId } = wanted
  const filter = ['--types', types, ...(conversationId === undefined ? [] : ['--conversation', conversationId])]
  const secret = ['--secret', system.endpointSecret]
  const printed = await system.millrace('endpoints', 'add', receiver.url, ...filter, ...secret, '--json')
  const { endpoint_id: endpointId } = JSON.parse(printed)
  // All of one conversation, so that they come in their order: once the last one is requested, so is every other one that ever will be.
  const probed = conversationId ?? commentEvent().conversationId
  let last = ''
  const probe = async () => {
    last = await sendProbe(system, probed)
    return waitFor(() => receiver.requests().length > 0, { what: 'a probe', deadlineMs: 1_500 }).catch(() => false)
  }
  // Events that come before the service has read the endpoint's record are not for it: so one is sent, and another if it does not arrive.
  await waitFor(probe, { what: `${endpointId} to be served` })
  await waitFor(() => areProbesDelivered(system, endpointId, last), { what: 'the probes to be delivered' })
  receiver.reset()
  return { receiver, endpointId }
}

/** Resolves with the id of its event once it is stored: the same again is the same event. */
async function sendProbe(system: TestSystem, conversationId: string): Promise<string> {
  const { eventId, body } = commentEvent(conversationId)
  await waitFor(async () => (await system.postFront(body, 'app')).status === 200, { what: 'a probe to be stored' })
  return eventId
}

/** Whether the last probe is requested, and all that were requested have arrived. */
async function areProbesDelivered(system: TestSystem, endpointId: string, last: string): Promise<boolean> {
  const isMine = ({ value }: { value: { endpoint_id: string } }) => value.endpoint_id === endpointId
  const requested = system.topics.follow(topics.requested).filter(isMine)
  const attempts = system.topics.follow(topics.attempts).filter(isMine)
  const arrived = new Set(attempts.flatMap(({ value }) => (value.outcome === 'succeeded' ? [value.delivery_id] : [])))
  return (
    requested.some(({ value }) => value.event_id === last) &&
    requested.every(({ value }) => arrived.has(value.delivery_id))
  )
}

let made = 0

/** A new event of type `comment.added`, of that conversation or a new one. */
export function commentEvent(conversationId?: string): { eventId: string; conversationId: string; body: Buffer } {
  made++
  const { events } = generateEvents({ count: 100, conversations: 1, duplicateRatio: 0, seed: Date.now() + made * 1e6 })
  const event = events.find(({ type }) => type === 'comment.added')
  if (event === undefined) throw new Error('of 100 events none is a comment')
  const conversation = conversationId ?? event.conversationId
  const text = event.body.toString().replaceAll(event.conversationId, conversation)
  return { eventId: event.eventId, conversationId: conversation, body: Buffer.from(text) }
}

/**
 * Sends an event behind everything that is in each partition of `webhooks.received`, and waits until they have come out of dedup: what came before
 * has then been decided. Resolves with their event ids.
 */
export async function sendMarkers(system: TestSystem): Promise<ReadonlySet<string>> {
  const partitions = (await system.topics.kafka.ends(topics.received)).size
  const ids = new Set<string>()
  const received = system.topics.follow(topics.received)
  const covered = () =>
    new Set(received.filter(({ value }) => ids.has(eventIdIn(value.payload))).map(({ partition }) => partition))
  while (covered().size < partitions) {
    const { eventId, body } = commentEvent()
    ids.add(eventId)
    await system.postFront(body, 'app')
    await system.topics.wait(topics.events, ({ value }) => value.event_id === eventId)
    await system.topics.wait(topics.received, ({ value }) => eventIdIn(value.payload) === eventId)
  }
  return ids
}

function eventIdIn(payload: Buffer): string {
  return /"id":"(evt_[0-9a-z]+)"/.exec(payload.toString())?.[1] ?? ''
}

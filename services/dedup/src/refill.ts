import { DEDUP_WINDOW_MS, dedupIdentity, identityValueOf } from '@millrace/domain'
import type { Kafka, Log, RunningTransform } from '@millrace/kafka'
import { type ReceivedWebhook, topics, type WebhookEvent } from '@millrace/schemas'
import type { ClaimRequest, ClaimStore } from './claim-store.ts'

const CHUNK = 500
const PROGRESS_EVERY = 50_000

export interface RefillParts {
  readonly kafka: Kafka
  readonly store: ClaimStore
  readonly transform: () => RunningTransform<ReceivedWebhook>
  readonly log: Log
}

/**
 * Brings the claims back from `webhooks.events` after Redis lost them (DESIGN §6). Every owner is fenced first, so that nobody commits on claims
 * that are gone; then the topic is read to its end, and only then do the new claims count. Answers false when another process is at it.
 */
export async function refill({ kafka, store, transform, log }: RefillParts): Promise<boolean> {
  return store.withRefillLock(async () => {
    log.warn({}, 'claims are missing in Redis: fencing all owners and reading them back from webhooks.events')
    const started = Date.now()
    await transform().fenceAll()
    const filling = store.startFilling()
    let chunk: ClaimRequest[] = []
    let claims = 0
    for await (const record of kafka.read(topics.events, { untilEnd: true })) {
      const event = kafka.decode(topics.events, record)
      if (event === null || event.received_at < started - DEDUP_WINDOW_MS) continue
      chunk.push(claimOf(event))
      claims++
      if (chunk.length < CHUNK) continue
      await filling.add(chunk)
      chunk = []
      if (claims % PROGRESS_EVERY === 0) log.info({ claims }, 'reading claims back')
    }
    if (chunk.length > 0) await filling.add(chunk)
    const ends = await kafka.ends(topics.received)
    const committed = await transform().committed(topics.received)
    await filling.finish(new Map(Array.from(ends.keys(), (partition) => [partition, committed.get(partition) ?? 0n])))
    log.warn({ claims, ms: Date.now() - started }, 'claims are back')
  })
}

function claimOf(event: WebhookEvent): ClaimRequest {
  return {
    claim: dedupIdentity(event.tenant, event.account, event.provider, { value: identityValueOf(event) }),
    position: event.received_position,
    receivedAt: event.received_at,
    windowMs: 0,
    isFull: event.completeness === 'full',
  }
}

/**
 * True when a topic that claims speak of is younger than they are: wiped or created anew within the same cluster, its offsets went backwards.
 */
export async function isOlderThanTopics(kafka: Kafka, store: ClaimStore): Promise<boolean> {
  const known = await store.knownEnds()
  const actual = await endsOf(kafka)
  return [...known].some(([place, end]) => (actual.get(place) ?? 0n) < end)
}

/** Ends of the topics that claims speak of, by `topic-partition`. */
export async function endsOf(kafka: Kafka): Promise<Map<string, bigint>> {
  const ends = new Map<string, bigint>()
  for (const topic of [topics.received, topics.events]) {
    const found = topic === topics.received ? await kafka.ends(topics.received) : await kafka.ends(topics.events)
    for (const [partition, end] of found) ends.set(`${topic.name}-${partition}`, end)
  }
  return ends
}

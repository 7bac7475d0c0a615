import { DEDUP_WINDOW_MS, dedupIdentity, identityValueOf } from '@millrace/domain'
import type { Kafka, Log, RawRecord, RunningTransform } from '@millrace/kafka'
import { type ReceivedWebhook, type Topic, topics, type WebhookEvent } from '@millrace/schemas'
import type { Filling, SettledClaim } from './claim-filling.ts'
import type { ClaimStore } from './claim-store.ts'
import { DedupError } from './errors.ts'

const CHUNK = 500
const PROGRESS_EVERY = 50_000

export interface RefillParts {
  readonly kafka: Kafka
  readonly store: ClaimStore
  readonly transform: RunningTransform<ReceivedWebhook>
  readonly log: Log
  /** Aborts when the service closes; an unfinished refill is nobody's, the next owner starts over. */
  readonly signal: AbortSignal
}

/**
 * Brings the claims back from `webhooks.events` after Redis lost them (DESIGN §6). Present claims stop counting first and every owner is fenced
 * second, so that nobody commits on claims that are gone; then the topic is read to its end, and only then do the new claims count. Answers false
 * when another process is at it, or has replaced `incarnation` already.
 */
export async function refill(parts: RefillParts, incarnation: string): Promise<boolean> {
  const { kafka, store, transform, log } = parts
  return store.refill(incarnation, async (filling) => {
    const startedAt = Date.now()
    const ends = await kafka.ends(topics.events)
    const isEmpty = [...ends.values()].every((end) => end === 0n)
    if (!isEmpty) {
      log.warn({}, 'claims are missing in Redis: fencing all owners and reading them back from webhooks.events')
      await transform.fenceAll()
    }
    const claims = await readClaims(parts, filling, startedAt - DEDUP_WINDOW_MS)
    const [committed, starts] = await Promise.all([transform.committed(topics.received), kafka.starts(topics.received)])
    await filling.finish(
      new Map(Array.from(starts, ([partition, start]) => [partition, committed.get(partition) ?? start])),
    )
    if (!isEmpty) log.warn({ claims, ms: Date.now() - startedAt }, 'claims are back')
  })
}

async function readClaims({ kafka, log, signal }: RefillParts, filling: Filling, since: number): Promise<number> {
  let chunk: SettledClaim[] = []
  let claims = 0
  for await (const record of kafka.read(topics.events, { untilEnd: true, signal })) {
    const event = decoded(kafka, log, record)
    if (event === null || event.received_at < since) continue
    chunk.push(claimOf(event))
    claims++
    if (chunk.length < CHUNK) continue
    await filling.add(chunk)
    chunk = []
    if (claims % PROGRESS_EVERY === 0) log.info({ claims }, 'reading claims back')
  }
  // A read that was stopped looks like one that came to its end.
  if (signal.aborted) throw new DedupError('MR_DEDUP_REFILLING', 'closing while claims were read back')
  if (chunk.length > 0) await filling.add(chunk)
  return claims
}

/** An event that a newer version wrote may be unknown here. Its claim is missing then, which may let one duplicate pass; waiting would let nothing pass. */
function decoded(kafka: Kafka, log: Log, record: RawRecord): WebhookEvent | null {
  try {
    return kafka.decode(topics.events, record)
  } catch (error) {
    log.error({ position: record.id, error: (error as Error).message }, 'no claim for an event that cannot be decoded')
    return null
  }
}

function claimOf(event: WebhookEvent): SettledClaim {
  return {
    claim: dedupIdentity(event.tenant, event.account, event.provider, { value: identityValueOf(event) }),
    position: event.received_position,
    receivedAt: event.received_at,
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
  const spokenOf: readonly Topic<unknown>[] = [topics.received, topics.events]
  for (const topic of spokenOf) {
    for (const [partition, end] of await kafka.ends(topic)) ends.set(`${topic.name}-${partition}`, end)
  }
  return ends
}

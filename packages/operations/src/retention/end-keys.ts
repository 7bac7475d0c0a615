import type { Kafka, RawRecord } from '@millrace/kafka'
import { type Erasure, type Topic, topics } from '@millrace/schemas'
import { dayOfKey, endOfDaysKey, nameOfKeyId, subjectOfKeyId, tenantOfSubject } from '@millrace/service-kit'
import type { Redis } from 'ioredis'
import { readToEnd, requireTopic } from '../read-records.ts'
import { writeRecords } from '../write-record.ts'

const AT_ONCE = 1_000
const keysTopic = topics.keys as unknown as Topic<unknown>

/** The last day that has ended, `yyyymmdd`, by tenant. */
export type EndedDays = ReadonlyMap<string, string>

/** Data keys of one tenant that are of a day. */
export interface KeysOfDays {
  /** Records of keys whose day has ended. A key that was wrapped anew a short time ago has two. */
  ending: number
  /** The oldest day of the others, `yyyymmdd`; null when there are none. */
  oldestDay: string | null
}

/** Looks what `endKeys` would end, and what it would leave. @throws OperationsError `MR_OPERATIONS_TOPIC_MISSING`, `MR_OPERATIONS_KAFKA_AWAY` */
export async function lookAtKeysOfDays(
  kafka: Kafka,
  endedOf: EndedDays,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, KeysOfDays>> {
  await requireTopic(kafka, keysTopic)
  const found = new Map<string, KeysOfDays>()
  for await (const { tenant, day, hasEnded, record } of readKeysOfDays(kafka, endedOf, signal)) {
    const tally = found.get(tenant) ?? { ending: 0, oldestDay: null }
    found.set(tenant, tally)
    if (record.value === null) continue
    if (hasEnded) tally.ending += 1
    else if (tally.oldestDay === null || day < tally.oldestDay) tally.oldestDay = day
  }
  return found
}

/**
 * Ends the data keys of days: what they encrypted cannot be read by anybody any more. Says so in `operations.erasures` first, so that every process passes
 * it over from then on, whatever it still holds; then the keys' topic gets their nulls, and Redis lets go of them. Done again it ends what came in between.
 * @param at epoch milliseconds
 * @throws OperationsError `MR_OPERATIONS_TOPIC_MISSING`, `MR_OPERATIONS_KAFKA_AWAY`, and as `kafka.send` and ioredis do
 */
export async function endKeys(
  { kafka, redis }: { readonly kafka: Kafka; readonly redis: Pick<Redis, 'pipeline'> },
  endedOf: EndedDays,
  at: number,
  signal: AbortSignal,
): Promise<void> {
  await requireTopic(kafka, keysTopic)
  const entries = Array.from(endedOf, ([tenant, until]) => [endOfDaysKey(tenant), entryOf(tenant, until, at)] as const)
  await writeRecords(kafka, topics.erasures, entries)
  let ended = new Map<string, boolean>()
  const end = async () => {
    const there = Array.from(ended).flatMap(([id, isThere]) => (isThere ? [[id, null] as const] : []))
    await writeRecords(kafka, topics.keys, there)
    // Those whose null is there already too: a process that read the topic before it may have put one back.
    await forget(redis, [...ended.keys()])
    ended = new Map()
  }
  for await (const { keyId, hasEnded, record } of readKeysOfDays(kafka, endedOf, signal)) {
    if (hasEnded) ended.set(keyId, record.value !== null)
    if (ended.size >= AT_ONCE) await end()
  }
  await end()
}

interface KeyOfDay {
  readonly keyId: string
  readonly tenant: string
  readonly day: string
  readonly hasEnded: boolean
  readonly record: RawRecord
}

async function* readKeysOfDays(kafka: Kafka, endedOf: EndedDays, signal: AbortSignal): AsyncGenerator<KeyOfDay> {
  for await (const record of readToEnd(kafka, keysTopic, signal)) {
    const keyId = record.key ?? ''
    const [tenant, day] = [tenantOfSubject(keyId), dayOfKey(keyId)]
    const until = endedOf.get(tenant)
    if (day !== undefined && until !== undefined) yield { keyId, tenant, day, hasEnded: day <= until, record }
  }
  // A reading that was stopped looks like one that came to its end.
  signal.throwIfAborted()
}

function entryOf(tenant: string, until: string, at: number): Erasure {
  const nobody = { requested_by: '', approved_by: '', approval_id: '', receipt_id: '' }
  return { ...nobody, tenant, subject_hash: '', kind: 'days', erased_at: at, keys_until: until }
}

async function forget(redis: Pick<Redis, 'pipeline'>, keyIds: readonly string[]): Promise<void> {
  if (keyIds.length === 0) return
  const pipeline = redis.pipeline()
  for (const id of keyIds) pipeline.hdel(`key:${subjectOfKeyId(id)}`, nameOfKeyId(id), `current:${dayOfKey(id)}`)
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error
}

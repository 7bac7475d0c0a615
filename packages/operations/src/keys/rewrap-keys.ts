import type { Kafka } from '@millrace/kafka'
import { type DataKey, type Topic, topics } from '@millrace/schemas'
import { type KeyWrapper, SigningError } from '@millrace/signing'
import { readToEnd, requireTopic } from '../read-records.ts'
import { writeRecord } from '../write-record.ts'

/** What the topic of data keys holds. */
export interface KeysReport {
  readonly keys: number
  readonly destroyed: number
  /** How many are wrapped by each master key. */
  readonly by_master_key: Readonly<Record<string, number>>
  /** Keys that none of the master keys opens: what they encrypted can be read by nobody. */
  readonly unopened: number
}

export interface RewrapReport extends KeysReport {
  readonly rewrapped: number
  /** Of them, destroyed again: an erasure came in between. */
  readonly destroyed_again: number
}

/** Records that are waited for at once. */
const AT_ONCE = 200

const keysTopic = topics.keys as unknown as Topic<unknown>

/** Reads every data key and tries to open it. @throws OperationsError `MR_OPERATIONS_TOPIC_MISSING` */
export async function checkKeys(kafka: Kafka, wrapper: KeyWrapper, signal: AbortSignal): Promise<KeysReport> {
  return reportOf(await readLatest(kafka, wrapper, signal))
}

/**
 * Wraps every data key by the master key that is used now, so that older ones may go. What they encrypted stays as it is. Done again it goes on where it
 * stopped. @throws OperationsError `MR_OPERATIONS_TOPIC_MISSING`
 */
export async function rewrapKeys(kafka: Kafka, wrapper: KeyWrapper, signal: AbortSignal): Promise<RewrapReport> {
  const latest = await readLatest(kafka, wrapper, signal)
  const isOld = ({ master, opens }: Wrapping) => opens && master !== wrapper.currentMasterKey
  const old = new Set(Array.from(latest).flatMap(([id, one]) => (one !== null && isOld(one) ? [id] : [])))
  const rewrapped = new Set<string>()
  let writes: Promise<void>[] = []
  for await (const { key_id, value } of readKeys(kafka, signal)) {
    if (value === null || !old.has(key_id) || rewrapped.has(key_id)) continue
    rewrapped.add(key_id)
    writes.push(rewrap(kafka, wrapper, value))
    if (writes.length === AT_ONCE) {
      await Promise.all(writes)
      writes = []
    }
  }
  await Promise.all(writes)
  const again = await destroyAgain(kafka, signal)
  return { ...reportOf(latest), rewrapped: rewrapped.size, destroyed_again: again }
}

interface Wrapping {
  readonly master: string
  readonly opens: boolean
}

/** What the last record of each key says; null: destroyed. */
async function readLatest(
  kafka: Kafka,
  wrapper: KeyWrapper,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Wrapping | null>> {
  await requireTopic(kafka, keysTopic)
  const latest = new Map<string, Wrapping | null>()
  for await (const { key_id, value } of readKeys(kafka, signal)) {
    const wrapping =
      value === null ? null : { master: wrapper.masterKeyOf(value.wrapped), opens: await opens(wrapper, value) }
    latest.set(key_id, wrapping)
  }
  return latest
}

function reportOf(latest: ReadonlyMap<string, Wrapping | null>): KeysReport {
  const living = [...latest.values()].filter((one) => one !== null)
  const masters = Map.groupBy(living, ({ master }) => master)
  return {
    keys: living.length,
    destroyed: latest.size - living.length,
    by_master_key: Object.fromEntries(Array.from(masters, ([master, some]) => [master, some.length])),
    unopened: living.filter((one) => !one.opens).length,
  }
}

async function rewrap(kafka: Kafka, wrapper: KeyWrapper, value: DataKey): Promise<void> {
  const plain = await wrapper.unwrap(value.wrapped, value.key_id)
  const wrapped = await wrapper.wrap(plain, value.key_id)
  plain.fill(0)
  await writeRecord(kafka, topics.keys, value.key_id, { ...value, wrapped })
}

/** A key that was destroyed while it was wrapped anew would be back. */
async function destroyAgain(kafka: Kafka, signal: AbortSignal): Promise<number> {
  const destroyed = new Set<string>()
  const back = new Set<string>()
  for await (const { key_id, value } of readKeys(kafka, signal)) {
    if (value === null) {
      destroyed.add(key_id)
      back.delete(key_id)
    } else if (destroyed.has(key_id)) back.add(key_id)
  }
  await Promise.all(Array.from(back, (id) => writeRecord(kafka, topics.keys, id, null)))
  return back.size
}

async function* readKeys(
  kafka: Kafka,
  signal: AbortSignal,
): AsyncGenerator<{ readonly key_id: string; readonly value: DataKey | null }> {
  for await (const record of readToEnd(kafka, keysTopic, signal)) {
    if (record.key === null) continue
    yield { key_id: record.key, value: kafka.decode(topics.keys, record) }
  }
  signal.throwIfAborted()
}

async function opens(wrapper: KeyWrapper, { key_id, wrapped }: DataKey): Promise<boolean> {
  try {
    const plain = await wrapper.unwrap(wrapped, key_id)
    plain.fill(0)
    return true
  } catch (error) {
    if (error instanceof SigningError) return false
    throw error
  }
}

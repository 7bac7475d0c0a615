import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Kafka, Log, NextOffset } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import type { FillStore, TopicKey } from './fill-store.ts'
import { isKeyId } from './key-ids.ts'

/** Puts into Redis what the keys' topic has. */
export interface KeyFilling {
  /** What came since the last filling, everything when Redis was emptied. What was in the topic when this was called is in Redis when it resolves. */
  rest(): Promise<void>
  /** All of the topic, whatever Redis says that it has. */
  whole(): Promise<void>
}

export interface KeyFillingParts {
  readonly kafka: () => Pick<Kafka, 'clusterId' | 'ends' | 'readBatches' | 'decode'>
  readonly store: FillStore
  readonly log: Log
  readonly signal: AbortSignal
}

const LOCK_MS = 30_000
const LOOK_AGAIN_MS = 250
/** Redis may be emptied again while it is filled. */
const TRIES = 3
const TELL_EVERY_KEYS = 100_000

export function createKeyFilling(parts: KeyFillingParts): KeyFilling {
  const fill = async (isWhole: boolean) => {
    for (let attempt = 1; ; attempt++) {
      if (await fillOnce(parts, isWhole)) return
      if (attempt === TRIES) throw new Error('Redis was emptied each time while keys were read back')
    }
  }
  return { rest: sharedButLater(() => fill(false)), whole: sharedButLater(() => fill(true)) }
}

/** Who calls while it runs waits for the next run, shared with all who do: what the present one has not seen may be what they look for. */
function sharedButLater(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const start = (): Promise<void> => {
    running = run().finally(() => {
      running = undefined
    })
    return running
  }
  return () => {
    if (running === undefined) return start()
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined
        return start()
      })
    return next
  }
}

/** False when Redis was emptied meanwhile. */
async function fillOnce({ kafka, store, log, signal }: KeyFillingParts, isWhole: boolean): Promise<boolean> {
  const token = randomUUID()
  const cluster = await kafka().clusterId()
  const isAlone = await untilLocked(store, token, cluster, signal)
  try {
    const known = await store.begin(token, cluster, isWhole)
    if (known.size === 0) log.warn({}, 'data keys are read back from their topic into Redis')
    const keys = await readInto({ kafka, store, log, signal }, token, known, isAlone)
    if (keys === undefined || !(await store.complete(token))) return false
    if (known.size === 0) log.info({ keys }, 'data keys are in Redis')
    return true
  } finally {
    await store.abandon(token).catch(() => {})
    if (isAlone) await store.unlock(token).catch(() => {})
  }
}

/** After an outage of Redis all processes ask: one reads the whole topic, the others then what came since. True for that one. */
async function untilLocked(store: FillStore, token: string, cluster: string, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    signal.throwIfAborted()
    if (await store.isComplete(cluster)) return false
    if (await store.lock(token, LOCK_MS)) return true
    await delay(LOOK_AGAIN_MS, undefined, { signal })
  }
}

/** @returns how many keys; undefined when Redis was emptied meanwhile */
async function readInto(
  { kafka, store, log, signal }: KeyFillingParts,
  token: string,
  known: ReadonlyMap<number, bigint>,
  isAlone: boolean,
): Promise<number | undefined> {
  const ends = await kafka().ends(topics.keys)
  const left = new Map([...ends].filter(([partition, end]) => end > (known.get(partition) ?? 0n)))
  if (left.size === 0) return (await store.put(token, [], ends)) ? 0 : undefined
  const from: NextOffset[] = Array.from(known, ([partition, offset]) => ({
    ...{ topic: topics.keys.name, partition, offset },
  }))
  let count = 0
  const isPassed = (next: readonly NextOffset[]) => {
    for (const { partition, offset } of next) if (offset >= (left.get(partition) ?? 0n)) left.delete(partition)
    return left.size === 0
  }
  for await (const { records, next } of kafka().readBatches([topics.keys], { from, signal })) {
    const keys = records.flatMap(({ key, ...record }): TopicKey[] => {
      if (key === null || !isKeyId(key)) return []
      return [{ keyId: key, wrapped: kafka().decode(topics.keys, { key, ...record })?.wrapped ?? null }]
    })
    if (!(await store.put(token, keys, new Map(next.map(({ partition, offset }) => [partition, offset]))))) return
    if (isAlone) await store.lock(token, LOCK_MS)
    if (Math.floor((count + keys.length) / TELL_EVERY_KEYS) > Math.floor(count / TELL_EVERY_KEYS))
      log.info({ keys: count + keys.length }, 'data keys are being read back')
    count += keys.length
    if (isPassed(next)) return count
  }
  signal.throwIfAborted()
  throw new Error('the keys could not be read to their end')
}

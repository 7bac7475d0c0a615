import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Kafka } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import { type KeyWrapper, SigningError } from '@millrace/signing'
import type { Redis } from 'ioredis'
import type { KeyFilling } from './fill-keys.ts'
import { indexSubject, isIndexKey, slotOf, subjectOfKeyId } from './key-ids.ts'
import type { KeyStore, StoredKey } from './key-store.ts'
import { shareLookups } from './share-lookups.ts'

/** The key of each tenant by which texts are hashed for search and for erasures. Made once, never destroyed, the same for everybody. */
export interface IndexKeys {
  /** Has the keys of these tenants at hand; makes those that nobody has made. Undefined when they are. Rejects while keys cannot be reached. */
  prepare(tenants: readonly string[]): Promise<void> | undefined
  get(tenant: string): Buffer | undefined
}

export interface IndexKeysParts {
  readonly kafka: () => Pick<Kafka, 'read' | 'decode'>
  readonly redis: () => Pick<Redis, 'set' | 'get' | 'del'>
  readonly store: KeyStore
  readonly filling: KeyFilling
  readonly wrapper: KeyWrapper
  /** Makes a key that is in the topic once this resolves. */
  readonly make: (slot: string, below?: string) => Promise<StoredKey>
  readonly signal: AbortSignal
}

const LOCK_MS = 30_000
const LOOK_AGAIN_MS = 100

export function createIndexKeys(parts: IndexKeysParts): IndexKeys {
  const keys = new Map<string, Buffer>()
  const load = async (tenant: string) => {
    keys.set(tenant, await openOrReplace(parts, indexSubject(tenant)))
  }
  const lookUp = shareLookups(async (tenants) => {
    await Promise.all(tenants.map(load))
  })
  return {
    prepare(tenants) {
      const missing = tenants.filter((tenant) => !keys.has(tenant))
      return missing.length === 0 ? undefined : lookUp(missing)
    },
    get: (tenant) => keys.get(tenant),
  }
}

/** What was hashed by a key whose master key was given up is not found any more; there has to be another all the same. */
async function openOrReplace(parts: IndexKeysParts, subject: string): Promise<Buffer> {
  for (;;) {
    const { keyId, wrapped } = await findOrMake(parts, subject)
    try {
      return await parts.wrapper.unwrap(wrapped, keyId)
    } catch (error) {
      if (!(error instanceof SigningError) || error.code !== 'MR_SIGNING_SEALED_KEY_LOST') throw error
      await underLock(parts, subject, async () => {
        const found = await current(parts, subject)
        if (found?.keyId === keyId) await parts.store.offer([await parts.make(slotOf(subject), keyId)])
      })
    }
    await delay(LOOK_AGAIN_MS, undefined, { signal: parts.signal })
  }
}

async function findOrMake(parts: IndexKeysParts, subject: string): Promise<StoredKey> {
  const known = await current(parts, subject)
  if (known !== undefined) return known
  for (;;) {
    parts.signal.throwIfAborted()
    const made = await underLock(parts, subject, async () => {
      // Two of them would hash the same text to two things: nobody makes one before the topic was read to its end.
      await parts.filling.rest()
      const found = await current(parts, subject)
      if (found !== undefined) return found
      const key = await parts.make(slotOf(subject))
      await parts.store.offer([key])
      return key
    })
    if (made !== undefined) return made
    await delay(LOOK_AGAIN_MS, undefined, { signal: parts.signal })
    const found = await current(parts, subject)
    if (found !== undefined) return found
  }
}

async function current(parts: IndexKeysParts, subject: string): Promise<StoredKey | undefined> {
  try {
    const [found] = await parts.store.current([slotOf(subject)])
    return typeof found === 'object' ? found : undefined
  } catch (error) {
    // Ingestion goes on without Redis, and has to know what was erased.
    const found = await findInTopic(parts, subject)
    if (found === undefined) throw error
    return found
  }
}

async function findInTopic({ kafka, signal }: IndexKeysParts, subject: string): Promise<StoredKey | undefined> {
  let found: StoredKey | undefined
  for await (const record of kafka().read(topics.keys as never, { untilEnd: true, signal })) {
    const { key } = record
    if (key === null || !isIndexKey(key) || subjectOfKeyId(key) !== subject) continue
    const value = kafka().decode(topics.keys, record)
    // The smallest, as in Redis.
    if (value !== null && (found === undefined || key < found.keyId)) found = { keyId: key, wrapped: value.wrapped }
  }
  return found
}

/** Undefined when somebody else has the lock. */
async function underLock<T>(
  { redis }: IndexKeysParts,
  subject: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const name = `keys:making:${subject}`
  const owner = randomUUID()
  if ((await redis().set(name, owner, 'PX', LOCK_MS, 'NX')) !== 'OK') return undefined
  try {
    return await work()
  } finally {
    if (
      (await redis()
        .get(name)
        .catch(() => null)) === owner
    )
      await redis()
        .del(name)
        .catch(() => {})
  }
}

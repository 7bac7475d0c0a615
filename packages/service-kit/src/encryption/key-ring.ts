import { createSecretKey, randomBytes } from 'node:crypto'
import { type Kafka, KafkaError, type KeyLife, type Log } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import { type KeyWrapper, SigningError } from '@millrace/signing'
import type { ErasedSubjects } from './erased-subjects.ts'
import type { KeyFilling } from './fill-keys.ts'
import { createKeyCache, type KeyCache, type KnownKey, type UsableKey } from './key-cache.ts'
import { dayOfKey, isKeyId, keyDay, slotOf, slotOfKeyId, subjectOfKeyId, tenantOfSubject } from './key-ids.ts'
import type { Found, KeyStore, StoredKey } from './key-store.ts'
import type { LostKeys } from './lost-keys.ts'
import { shareLookups } from './share-lookups.ts'

/** The data keys that a process has at hand. */
export interface KeyRing {
  /** Has the keys of these subjects at hand, and makes those that are missing. Undefined when they are. Rejects while they cannot be reached. */
  forWriting(subjects: readonly string[], life: KeyLife): Promise<void> | undefined
  forReading(keyIds: readonly string[]): Promise<void> | undefined
  /** After `forWriting`; undefined where it is not at hand. */
  ofSubject(subject: string, life: KeyLife): KnownKey | undefined
  /** After `forReading`; undefined where it is not at hand. */
  ofId(keyId: string): KnownKey | undefined
}

export interface KeyRingParts {
  readonly store: KeyStore
  readonly filling: KeyFilling
  readonly lost: LostKeys
  readonly erased: ErasedSubjects
  readonly wrapper: KeyWrapper
  /** @param below a key id that the new one has to precede, so that it is current instead of that one */
  readonly make: (slot: string, below?: string) => Promise<MadeKey>
  readonly log: Log
  /** Epoch milliseconds: whose day a key is of. */
  readonly now?: () => number
}

/** A new key; `wrapped` is in the topic. */
export interface MadeKey extends StoredKey {
  readonly plain: Buffer
}

const MAX_KEYS = 20_000
const MAX_AGE_MS = 60_000
/** Keys made at once: each is a record that is waited for, and Kafka refuses more than it can write in time. */
const MAKE_AT_ONCE = 100

export function createKeyRing(parts: KeyRingParts): KeyRing {
  const { store, filling, erased, log, now = Date.now } = parts
  const bySlot = createKeyCache(MAX_KEYS, MAX_AGE_MS)
  const byId = createKeyCache(MAX_KEYS, MAX_AGE_MS)
  /** Up to which erasure each key has been held against them: that takes a hash. */
  const checked = new WeakMap<UsableKey, number>()

  const keep = (slot: string, known: KnownKey) => {
    bySlot.set(slot, known)
    if (typeof known === 'object') byId.set(known.keyId, known)
  }
  /** What was made before brokers take no more is used: whoever asks again gets further, and no key is left in the topic for nothing. */
  const makeAll = async (slots: readonly string[], use: (made: readonly MadeKey[]) => Promise<void> | void) => {
    for (let start = 0; start < slots.length; start += MAKE_AT_ONCE) {
      const settled = await Promise.allSettled(slots.slice(start, start + MAKE_AT_ONCE).map((slot) => parts.make(slot)))
      await use(settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))
      const failed = settled.find((one) => one.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    }
  }

  /** Ingestion needs no Redis: what this process had goes on, and what it never had is made by it alone. */
  const goOnAlone = async (slots: readonly string[]) => {
    const known = slots.filter((slot) => typeof bySlot.getStale(slot) === 'object')
    for (const slot of known) keep(slot, bySlot.getStale(slot) as UsableKey)
    const unknown = slots.filter((slot) => typeof bySlot.getStale(slot) !== 'object')
    await makeAll(unknown, (made) => {
      for (const { keyId, plain } of made) keep(slotOfKeyId(keyId), usable(keyId, plain))
    })
  }

  const offer = async (made: readonly MadeKey[]) => {
    const answers = await store.offer(made).catch((error: unknown) =>
      told(
        log,
        error,
        made.map((): Found => 'unfilled'),
      ),
    )
    await Promise.all(
      made.map(async (key, place) => {
        const slot = slotOfKeyId(key.keyId)
        const found = answers[place]
        // Another process was first.
        if (typeof found === 'object' && found.keyId !== key.keyId) await take(slot, found)
        else keep(slot, found === 'destroyed' ? found : usable(key.keyId, key.plain))
      }),
    )
  }

  const take = async (slot: string, found: StoredKey) => {
    const known = await unwrap(parts, found)
    // A key that cannot be opened is no reason to write nothing.
    if (typeof known === 'object') keep(slot, known)
    else await goOnAlone([slot])
  }

  const takeAll = async (slots: readonly string[]) => {
    let found: Found[]
    try {
      found = await store.current(slots)
    } catch (error) {
      told(log, error, undefined)
      return goOnAlone(slots)
    }
    if (found[0] === 'unfilled') {
      filling.rest().catch((error: unknown) => told(log, error, undefined))
      return goOnAlone(slots)
    }
    const missing: string[] = []
    const taking = slots.map(async (slot, place) => {
      const one = found[place]
      if (one === 'destroyed') keep(slot, one)
      else if (typeof one === 'object') await take(slot, one)
      else missing.push(slot)
    })
    await Promise.all(taking)
    await makeAll(missing, offer)
  }

  const lookUpSlots = shareLookups(async (slots) => {
    await erased.prepare(slots.map(subjectOfKeyId))
    const [gone, living] = split(slots, (slot) => erased.has(subjectOfKeyId(slot)) === true)
    for (const slot of gone) bySlot.set(slot, 'destroyed')
    const late = living.find((slot) => erased.hasEnded(slot))
    if (late !== undefined) throw new Error(`the keys of ${dayOfKey(late)} have ended: this machine's clock is behind`)
    if (living.length > 0) await takeAll(living)
  })

  const keepFound = async (keyIds: readonly string[], found: readonly Found[]): Promise<string[]> => {
    const missing = await Promise.all(
      keyIds.map(async (keyId, place) => {
        const one = found[place]
        if (one === undefined || one === 'missing' || one === 'unfilled') return [keyId]
        const known = one === 'destroyed' ? one : await unwrap(parts, one)
        if (known !== undefined) byId.set(keyId, known)
        return []
      }),
    )
    return missing.flat()
  }

  const findAll = async (keyIds: readonly string[]) => {
    const find = async (some: readonly string[]) => keepFound(some, await store.find(some))
    let missing = await find(keyIds)
    if (missing.length === 0) return
    await filling.rest()
    missing = await find(missing)
    if (missing.length === 0) return
    if (parts.lost.mayLook(missing)) {
      await filling.whole()
      missing = await find(missing)
      parts.lost.note(missing)
    }
    for (const keyId of missing) if (parts.lost.has(keyId)) byId.set(keyId, 'lost')
  }

  const lookUpIds = shareLookups(async (keyIds) => {
    const subjects = keyIds.map(subjectOfKeyId)
    await erased.prepare(subjects)
    const [gone, living] = split(
      keyIds,
      (keyId) => erased.hasEnded(keyId) || erased.has(subjectOfKeyId(keyId)) === true,
    )
    for (const keyId of gone) byId.set(keyId, 'destroyed')
    const [possible, impossible] = split(living, isKeyId)
    for (const keyId of impossible) byId.set(keyId, 'lost')
    if (possible.length === 0) return
    try {
      await findAll(possible)
    } catch (error) {
      const stale = possible.filter((keyId) => byId.getStale(keyId) === undefined)
      if (stale.length > 0) throw pending(error)
      for (const keyId of possible) byId.set(keyId, byId.getStale(keyId) as KnownKey)
    }
  })

  /** What the cache knows of a key's id or slot, unless it was erased or has ended since. */
  const known = (found: KnownKey | undefined, name: string): KnownKey | undefined => {
    if (found === undefined || found === 'destroyed') return found
    const version = erased.version()
    if (typeof found === 'object' && checked.get(found) === version) return found
    const isErased = erased.hasEnded(name) || erased.has(subjectOfKeyId(name))
    if (isErased === undefined) return undefined
    if (isErased) return 'destroyed'
    if (typeof found === 'object') checked.set(found, version)
    return found
  }
  /** What is not held for the time between fetching and use. */
  const missingOf = (names: readonly string[], cache: KeyCache) =>
    names.filter((name) => known(cache.hold(name), name) === undefined)
  const slotAt = (at: number, subject: string, life: KeyLife) =>
    life === 'lasting' ? slotOf(subject) : slotOf(subject, keyDay(at))
  const ofSlot = (slot: string) => (erased.hasEnded(slot) ? undefined : known(bySlot.get(slot), slot))

  return {
    forWriting(subjects, life) {
      const at = now()
      const missing = missingOf(
        subjects.map((subject) => slotAt(at, subject, life)),
        bySlot,
      )
      return missing.length === 0 ? undefined : lookUpSlots(missing).catch(rejectPending)
    },
    forReading(keyIds) {
      const missing = missingOf(keyIds, byId)
      return missing.length === 0 ? undefined : lookUpIds(missing).catch(rejectPending)
    },
    ofSubject(subject, life) {
      const at = now()
      const found = ofSlot(slotAt(at, subject, life))
      // A day may begin between fetching and use.
      return found ?? (life === 'lasting' ? undefined : ofSlot(slotAt(at - MAX_AGE_MS, subject, life)))
    },
    ofId: (keyId) => known(byId.get(keyId), keyId),
  }
}

/** Makes keys: what is encrypted with one is readable only if it is in the topic first. */
export function keyMaker(kafka: () => Pick<Kafka, 'send'>, wrapper: KeyWrapper): KeyRingParts['make'] {
  return async (slot, below) => {
    const plain = randomBytes(32)
    const keyId = newKeyId(slot, below)
    const wrapped = await wrapper.wrap(plain, keyId)
    const value = { tenant: tenantOfSubject(slot), key_id: keyId, wrapped, created_at: Date.now() }
    await kafka().send(topics.keys, keyId, value)
    return { keyId, wrapped, plain }
  }
}

function newKeyId(slot: string, below?: string): string {
  for (;;) {
    const keyId = `${slot}${randomBytes(8).toString('hex')}`
    if (below === undefined || keyId < below) return keyId
  }
}

function usable(keyId: string, plain: Buffer): UsableKey {
  const key = createSecretKey(plain)
  return { keyId, key }
}

/** Undefined while the master key is not at hand: a process that was not given it yet waits. */
async function unwrap({ wrapper, log }: KeyRingParts, { keyId, wrapped }: StoredKey): Promise<KnownKey | undefined> {
  try {
    return usable(keyId, await wrapper.unwrap(wrapped, keyId))
  } catch (error) {
    if (!(error instanceof SigningError)) throw error
    // A person has said so: what it encrypted is passed over, as after an erasure.
    if (error.code === 'MR_SIGNING_SEALED_KEY_LOST') return 'destroyed'
    log.error({ code: error.code, error: error.message }, 'a data key cannot be unwrapped')
    return error.code === 'MR_SIGNING_SEALED_KEY_UNKNOWN' ? undefined : 'lost'
  }
}

function split<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  const [first, second]: [T[], T[]] = [[], []]
  for (const item of items) (isFirst(item) ? first : second).push(item)
  return [first, second]
}

function told<T>(log: Log, error: unknown, instead: T): T {
  log.debug({ error: (error as Error).message }, 'Redis does not tell which data keys there are')
  return instead
}

function pending(cause: unknown): KafkaError {
  return new KafkaError('MR_KAFKA_KEY_PENDING', `data keys cannot be reached: ${(cause as Error).message}`, { cause })
}

/** Whatever it was, it is no fault of the record: verbs try again. What says so itself passes, as do mistakes in our own code. */
function rejectPending(error: unknown): never {
  if ((error as { retryable?: unknown }).retryable === true || error instanceof TypeError) throw error
  throw pending(error)
}

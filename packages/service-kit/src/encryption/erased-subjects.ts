import { createHmac } from 'node:crypto'
import type { Kafka, Table } from '@millrace/kafka'
import { type Erasure, topics } from '@millrace/schemas'
import type { IndexKeys } from './index-keys.ts'
import { dayOfKey, tenantOfSubject } from './key-ids.ts'

/** Bytes of a blind hash: none of a billion texts has that of another. */
const HASH_BYTES = 16

/** A keyed hash that only tells whether two texts are the same. @param kind what the text is, so that equal texts of two kinds differ */
export function blindHash(key: Buffer, kind: string, text: string): Buffer {
  return createHmac('sha256', key).update(`${kind}\0${text}`).digest().subarray(0, HASH_BYTES)
}

/** The record that says up to which day a tenant's keys have ended: no hash is like it. */
export function endOfDaysKey(tenant: string): string {
  return `${tenant}/#days`
}

function isEndOfDays(key: string): boolean {
  return key.endsWith('/#days')
}

/** Who was erased, and which keys have ended with their time, as the topic of erasures says it: what Redis has lost, and what was made without Redis, counts all the same. */
export interface ErasedSubjects {
  /** Has what `has` needs for these subjects. Undefined when it does. Rejects while it cannot be reached. */
  prepare(subjects: readonly string[]): Promise<void> | undefined
  /** After `prepare`; undefined where it cannot tell. */
  has(subject: string): boolean | undefined
  /** After `prepare`: whether the key, or the slot, is of a day whose keys have ended. */
  hasEnded(keyIdOrSlot: string): boolean
  /** Another number once there was another erasure. */
  version(): number
}

export function createErasedSubjects(kafka: () => Pick<Kafka, 'table'>, index: IndexKeys): ErasedSubjects {
  let table: Table<Erasure> | undefined
  let isReady = false
  let starting: Promise<void> | undefined
  /** Those that had any: subjects of the others need no hash. */
  const tenants = new Set<string>()
  /** The last day whose keys have ended, by tenant. */
  const endedUntil = new Map<string, string>()
  let version = 0
  const note = (key: string, erasure: Erasure | undefined) => {
    if (!isEndOfDays(key)) return void tenants.add(tenantOfSubject(key))
    const until = erasure?.keys_until
    // Keys that have ended are gone, whatever is said later.
    if (typeof until === 'string' && until > (endedUntil.get(tenantOfSubject(key)) ?? ''))
      endedUntil.set(tenantOfSubject(key), until)
  }

  const start = async () => {
    table = kafka().table(topics.erasures)
    table.onChange((key, erasure) => {
      note(key, erasure)
      version += 1
    })
    await table.ready
    for (const [key, erasure] of table.entries()) note(key, erasure)
    version += 1
    isReady = true
  }
  const indexOf = (subjects: readonly string[]) => {
    if (tenants.size === 0) return undefined
    return index.prepare([...new Set(subjects.map(tenantOfSubject))].filter((tenant) => tenants.has(tenant)))
  }
  return {
    version: () => version,
    prepare(subjects) {
      if (isReady) return indexOf(subjects)
      starting ??= start()
      return starting.then(() => indexOf(subjects))
    },
    hasEnded(keyIdOrSlot) {
      const day = dayOfKey(keyIdOrSlot)
      return day !== undefined && day <= (endedUntil.get(tenantOfSubject(keyIdOrSlot)) ?? '')
    },
    has(subject) {
      if (!isReady || table === undefined) return undefined
      const tenant = tenantOfSubject(subject)
      if (!tenants.has(tenant)) return false
      const key = index.get(tenant)
      if (key === undefined) return undefined
      return table.get(`${tenant}/${blindHash(key, 'subject', subject).toString('base64url')}`) !== undefined
    },
  }
}

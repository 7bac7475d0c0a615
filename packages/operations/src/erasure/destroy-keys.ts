import type { Kafka } from '@millrace/kafka'
import { type Topic, topics } from '@millrace/schemas'
import { isKeyName, subjectOfKeyId } from '@millrace/service-kit'
import type { Redis } from 'ioredis'
import { readToEnd } from '../read-records.ts'
import { writeRecords } from '../write-record.ts'

/** Subjects in one pipeline. */
const AT_ONCE = 200

interface Stores {
  readonly kafka: Kafka
  readonly redis: Pick<Redis, 'hkeys' | 'pipeline'>
}

/**
 * Destroys every data key of the subjects that Redis knows: first no new one can be made, then the topic gets its nulls. Whoever holds a copy in memory
 * knows by the entry in `operations.erasures`, which comes before. Done again it destroys what came in between. @returns how many keys
 */
export async function destroyKeys(stores: Stores, subjects: readonly string[], at: number): Promise<number> {
  let count = 0
  for (let start = 0; start < subjects.length; start += AT_ONCE)
    count += await destroySome(stores, subjects.slice(start, start + AT_ONCE), at)
  return count
}

async function destroySome({ kafka, redis }: Stores, subjects: readonly string[], at: number): Promise<number> {
  const known = await Promise.all(
    subjects.map(async (subject) => [subject, await redis.hkeys(nameOf(subject))] as const),
  )
  // Before anything is taken away: from here on nobody makes another.
  await markDestroyed(redis, subjects, at)
  const ids = known.flatMap(([subject, fields]) => fields.filter(isKeyName).map((name) => `${subject}/${name}`))
  await writeRecords(
    kafka,
    topics.keys,
    ids.map((id) => [id, null]),
  )
  await forgetKeys(redis, known)
  return ids.length
}

async function markDestroyed(redis: Stores['redis'], subjects: readonly string[], at: number): Promise<void> {
  const pipeline = redis.pipeline()
  for (const subject of subjects) pipeline.hset(nameOf(subject), 'destroyed', at)
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error
}

async function forgetKeys(
  redis: Stores['redis'],
  known: readonly (readonly [subject: string, fields: readonly string[]])[],
): Promise<void> {
  const pipeline = redis.pipeline()
  for (const [subject, fields] of known) {
    const gone = fields.filter((field) => field !== 'destroyed')
    if (gone.length > 0) pipeline.hdel(nameOf(subject), ...gone)
  }
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error
}

/**
 * Reads the keys' topic to its end and destroys what is left of the subjects: keys that a process made before it heard that they are erased.
 * @param isErased of a subject's name
 * @param reading `since`: epoch milliseconds; only keys that were written then or later
 * @returns how many were left
 */
export async function destroyLeftKeys(
  { kafka, redis }: Stores,
  isErased: (subject: string) => boolean,
  { since, signal }: { readonly since: number; readonly signal: AbortSignal },
): Promise<number> {
  const left = new Set<string>()
  for await (const { key, value } of readToEnd(kafka, topics.keys as Topic<unknown>, signal, since)) {
    if (key === null || !isErased(subjectOfKeyId(key))) continue
    if (value === null) left.delete(key)
    else left.add(key)
  }
  signal.throwIfAborted()
  await writeRecords(
    kafka,
    topics.keys,
    Array.from(left, (id) => [id, null]),
  )
  const subjects = [...new Set(Array.from(left, subjectOfKeyId))]
  if (subjects.length > 0) await destroyKeys({ kafka, redis }, subjects, Date.now())
  return left.size
}

function nameOf(subject: string): string {
  return `key:${subject}`
}

import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import { showValue } from '@millrace/domain'
import { KEY_ID_HEADER, type RawRecord } from '@millrace/kafka'
import {
  type ErasureScope,
  type ErasureSubject,
  keySubjectsOf,
  personalTopics,
  redisKeysOf,
  scanTopics,
  subjectText,
} from '@millrace/operations'
import type { Topic } from '@millrace/schemas'
import { subjectOfKeyId } from '@millrace/service-kit'
import { sql } from 'kysely'
import { findScope } from './find-scope.ts'
import type { EraseParts } from './parts.ts'
import { readRedisValue } from './redis-values.ts'
import { rowsOf } from './rows.ts'

/** A look and an export are of what was written until so many milliseconds ago. */
export const RECENT_MS = 30_000
/** Topics are read from their beginning to their end. */
const EXPORT_WITHIN_MS = 600_000
/** What only tells where something is, and what has been written in other words beside it. */
const HIDDEN_COLUMNS: ReadonlySet<string> = new Set(['words', 'people'])

type Write = (text: string) => Promise<void>

/**
 * Everything of a subject that can be read, as one JSON document: `places` with what is in each. What follows when reading fails in the middle is an
 * error of the stream, so that nobody takes a part for the whole.
 * @throws ConsoleError as `findScope`, before anything is written
 */
export async function exportSubject(parts: EraseParts, tenant: string, subject: ErasureSubject): Promise<Readable> {
  const scope = await findScope(parts, tenant, subject, Date.now() - RECENT_MS)
  const stream = new PassThrough()
  const write: Write = async (text) => {
    if (!stream.write(text)) await Promise.race([once(stream, 'drain'), once(stream, 'close')])
    if (stream.destroyed) throw new Error('nobody reads the export any more')
  }
  const signal = AbortSignal.timeout(EXPORT_WITHIN_MS)
  writeAll(parts, scope, write, signal).then(
    () => stream.end(),
    (error: Error) => stream.destroy(error),
  )
  return stream
}

async function writeAll(parts: EraseParts, scope: ErasureScope, write: Write, signal: AbortSignal): Promise<void> {
  const { tenant, subject, dataSubjects } = scope
  const head = { tenant, subject: subjectText(subject), exported_at: Date.now(), subjects: dataSubjects }
  await write(`${JSON.stringify(head).slice(0, -1)},\n"records":[`)
  const each = separated(write)
  await writeTopics(parts, scope, each, signal)
  await writeTables(parts, scope, each)
  await writeRedis(parts, scope, each)
  await write('\n],\n"is_complete":true}\n')
}

function separated(write: Write): (value: object) => Promise<void> {
  let isFirst = true
  return async (value) => {
    await write(`${isFirst ? '' : ','}\n${JSON.stringify(value)}`)
    isFirst = false
  }
}

async function writeTopics(
  { kafka }: EraseParts,
  scope: ErasureScope,
  write: (value: object) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const all = personalTopics()
  const sources = new Map(all.map((topic) => [topic.name, sourceOf(topic, all)]))
  const wanted = new Set(keySubjectsOf(scope))
  const writeOpened = async (source: Topic<unknown>, keyId: string, record: RawRecord) => {
    // The key came with the batch, but writing what was before it may have taken its time.
    await kafka.cipher?.prepareRead([keyId])
    if (kafka.cipher?.isErased(keyId) === true) return
    await writeValue(record, kafka.decode(source, record))
  }
  const writeValue = async (record: RawRecord, value: unknown) => {
    await write({
      place: `topic ${record.topic}`,
      id: record.id,
      key: record.key,
      at: record.timestamp,
      value: showValue(value),
    })
  }
  const meet = (record: RawRecord) => {
    const source = sources.get(record.topic)
    if (source === undefined || record.value === null) return undefined
    const keyId = record.headers.get(KEY_ID_HEADER)?.toString()
    if (keyId !== undefined) return wanted.has(subjectOfKeyId(keyId)) ? writeOpened(source, keyId, record) : undefined
    const value = kafka.decode(source, record)
    const subject = value === null ? undefined : source.subject?.(record.key ?? '', value)
    return wanted.has(subject ?? '') ? writeValue(record, value) : undefined
  }
  await scanTopics(kafka, all, meet, { signal })
}

/** Dead letters have the form of the topic that they are of. */
function sourceOf(topic: Topic<unknown>, all: readonly Topic<unknown>[]): Topic<unknown> {
  const name = topic.name.replace(/\.dlq\..*$/, '')
  const source = all.find((each) => each.name === name) ?? topic
  return { ...source, name: topic.name }
}

async function writeTables(
  { db }: EraseParts,
  scope: ErasureScope,
  write: (value: object) => Promise<void>,
): Promise<void> {
  for (const { table, fits } of rowsOf(scope)) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(table)} where ${fits}`.execute(db)
    for (const row of rows) {
      const shown = Object.entries(row).filter(([name, value]) => value !== null && !HIDDEN_COLUMNS.has(name))
      await write({ place: `table ${table}`, value: showValue(Object.fromEntries(shown)) })
    }
  }
}

async function writeRedis(
  { redis, kafka }: EraseParts,
  scope: ErasureScope,
  write: (value: object) => Promise<void>,
): Promise<void> {
  const keys = [...redisKeysOf(scope, await kafka.clusterId()).values()].flat()
  for (const key of keys) {
    const held = await readRedisValue(redis, kafka.cipher, key)
    if (held !== undefined) await write({ place: 'redis', key, value: showValue(held) })
  }
}

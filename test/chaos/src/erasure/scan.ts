import { type Kafka, KEY_ID_HEADER, type RawRecord, type RecordCipher } from '@millrace/kafka'
import { scanTopics } from '@millrace/operations'
import { allTopics, bytesSchema, type Topic, topics } from '@millrace/schemas'
import { open as openSealed, type SecretKeys, SigningError } from '@millrace/signing'
import type { Redis } from 'ioredis'
import { canariesIn, idsIn } from './canaries.ts'
import { createValueReader, type ValueRead } from './read-value.ts'

/** Canaries, and ids of people, by the place in which they were found. */
export type Found = Map<string, Set<string>>

/** Of a store, as it lies there and as whoever has the keys opens it. */
export interface Scan {
  readonly raw: Found
  readonly opened: Found
}

const SCAN_WITHIN_MS = 3_600_000

function note(found: Found, place: string, bytes: Buffer | string): void {
  for (const met of [...canariesIn(bytes), ...idsIn(bytes)]) {
    const known = found.get(place)
    if (known === undefined) found.set(place, new Set([met]))
    else known.add(met)
  }
}

function noteRead({ raw, opened }: Scan, place: string, read: ValueRead): void {
  for (const said of read.plain) note(raw, place, said)
  for (const said of read.opened) note(opened, place, said)
}

/** How many records or keys were looked through so far, and of what. */
export type OnProgress = (count: number, what: string) => void

const TELL_EVERY = 5_000

interface ScanOptions {
  readonly onProgress: OnProgress
  /** Of compacted topics the last value of each key alone: what counts where nothing is encrypted. Default false: every record that is still there. */
  readonly lastOnly?: boolean
}

/** Every record of every topic, as it lies there and as whoever has the keys opens it. */
export async function scanKafka(kafka: Kafka, { onProgress, lastOnly = false }: ScanOptions): Promise<Scan> {
  const [raw, opened]: [Found, Found] = [new Map(), new Map()]
  const all = allTopics()
  const signal = AbortSignal.timeout(SCAN_WITHIN_MS)
  const asBytes = new Map(all.map((topic) => [topic.name, { ...topic, schema: bytesSchema } as Topic<Buffer>]))
  const last = lastOnly ? await lastRecords(kafka, all, signal) : undefined
  let count = 0
  const isReplaced = ({ topic, key, id }: RawRecord) => last !== undefined && (last.get(`${topic} ${key}`) ?? id) !== id
  const meet = (record: RawRecord) => {
    if (++count % TELL_EVERY === 0) onProgress(count, 'records')
    if (isReplaced(record)) return undefined
    const { key, value, headers } = record
    const place = placeOf(record)
    note(raw, place, key ?? '')
    for (const header of headers.values()) note(raw, place, header)
    if (value === null) return undefined
    note(raw, place, value)
    const keyId = headers.get(KEY_ID_HEADER)?.toString()
    if (keyId === undefined) return undefined
    const open = () => {
      if (kafka.cipher?.isErased(keyId) === true) return
      note(opened, place, kafka.decode(asBytes.get(record.topic) as Topic<Buffer>, record) ?? '')
    }
    try {
      open()
    } catch (error) {
      if ((error as { retryable?: unknown }).retryable !== true) throw error
      return openLater(kafka, keyId, open)
    }
    return undefined
  }
  const prepare = (records: readonly RawRecord[]) => {
    const keyIds = new Set(records.flatMap(({ headers }) => headers.get(KEY_ID_HEADER)?.toString() ?? []))
    return kafka.cipher?.prepareRead([...keyIds])
  }
  await scanTopics(kafka, all, meet, { signal, unopened: true, prepare })
  return { raw, opened }
}

/** Of nodes also their type: it tells which rule has missed them. */
function placeOf({ topic, key }: RawRecord): string {
  return topic === topics.nodes.name ? `${topic} ${/^[^/]*\/([^:]*)/.exec(key ?? '')?.[1]}` : topic
}

/** The id of the last record of each key of the compacted topics. */
async function lastRecords(
  kafka: Kafka,
  all: readonly Topic<unknown>[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const last = new Map<string, string>()
  const compacted = all.filter(({ cleanup }) => cleanup === 'compact')
  await scanTopics(kafka, compacted, ({ topic, key, id }) => void last.set(`${topic} ${key}`, id), {
    signal,
    unopened: true,
  })
  return last
}

/** Data keys that are in their topic although whom they are of is erased. */
export async function keysLeft(kafka: Kafka): Promise<number> {
  const living = new Set<string>()
  for await (const { key, value } of kafka.read(topics.keys as Topic<unknown>, { untilEnd: true })) {
    if (value === null) living.delete(key ?? '')
    else living.add(key ?? '')
  }
  let count = 0
  for (const keyId of living) {
    await kafka.cipher?.prepareRead([keyId])
    if (kafka.cipher?.isErased(keyId) === true) count++
  }
  return count
}

/** A key that was at hand for a minute has to be fetched anew. */
async function openLater(kafka: Kafka, keyId: string, open: () => void): Promise<void> {
  await kafka.cipher?.prepareRead([keyId])
  open()
}

/** Every key of an installation, with its name, as it lies there and opened. */
export async function scanRedis(
  redis: Pick<Redis, 'scanStream' | 'pipeline'>,
  prefix: string,
  { cipher, onProgress }: { readonly cipher: RecordCipher | undefined; readonly onProgress: OnProgress },
): Promise<Scan> {
  const [raw, opened]: [Found, Found] = [new Map(), new Map()]
  const reader = createValueReader(cipher)
  let count = 0
  for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1_000 })) {
    count += keys.length
    onProgress(count, 'keys in Redis')
    for (const [key, values] of await valuesOf(redis, keys as string[])) {
      const place = placeOfKey(key.slice(prefix.length))
      note(raw, place, key)
      for (const value of values) note(raw, place, value)
      await reader.prepare(values)
      for (const value of values) noteRead({ raw, opened }, place, reader.read(value))
    }
  }
  return { raw, opened }
}

/** Its first two parts, without the id that may be in them: one place for all keys of a kind. */
function placeOfKey(name: string): string {
  return name.split(':').slice(0, 2).join(':').replace(/\/.*/s, '')
}

const READS: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  string: ['getBuffer'],
  hash: ['hgetallBuffer'],
  zset: ['zrangeBuffer', '0', '-1'],
  set: ['smembersBuffer'],
  list: ['lrangeBuffer', '0', '-1'],
}

/** Two turns for all of them. */
async function valuesOf(
  redis: Pick<Redis, 'pipeline'>,
  keys: readonly string[],
): Promise<[key: string, values: Buffer[]][]> {
  const types = await answersOf(redis.pipeline(keys.map((key) => ['type', key])))
  const known = keys.flatMap((key, nth) => {
    const type = String(types[nth])
    // Gone since it was listed.
    if (type === 'none') return []
    const read = READS[type]
    if (read === undefined) throw new Error(`${key} is of the type ${type}, which nobody looks into`)
    return [[key, read] as const]
  })
  const found = await answersOf(redis.pipeline(known.map(([key, [command, ...args]]) => [command, key, ...args])))
  return known.map(([key], nth) => [key, buffersIn(found[nth])])
}

async function answersOf(pipeline: ReturnType<Redis['pipeline']>): Promise<unknown[]> {
  return ((await pipeline.exec()) ?? []).map(([error, answer]) => {
    if (error) throw error
    return answer
  })
}

function buffersIn(value: unknown): Buffer[] {
  if (Buffer.isBuffer(value)) return [value]
  if (Array.isArray(value)) return value.flatMap(buffersIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, held]) => [Buffer.from(name), ...buffersIn(held)])
}

const ROWS_AT_ONCE = 500
const CHARS_AT_ONCE = 16 * 1_048_576
/** Bytes, as pg_dump writes them. */
const BYTES = /\\x((?:[0-9a-f]{2})+)/g

/** As services/console/src/db/resting.ts writes approvals, jobs and the audit. */
const RESTING = /mrs1\.[\w-]+\.[\w-]+/g
const RESTING_BELONGS_TO = 'a row of the console'

interface DumpOptions {
  readonly cipher: RecordCipher | undefined
  readonly secretKeys: SecretKeys
  readonly onProgress: OnProgress
}

/** A dump of a database, as it lies there and opened. @param lines of `pg_dump --inserts`: a row each, or a part of one */
export async function scanDump(
  lines: AsyncIterable<string>,
  { cipher, secretKeys, onProgress }: DumpOptions,
): Promise<Scan> {
  const [raw, opened]: [Found, Found] = [new Map(), new Map()]
  const reader = createValueReader(cipher)
  let [count, chars, table] = [0, 0, '']
  let waiting: { readonly table: string; readonly value: Buffer }[] = []
  const open = async () => {
    await reader.prepare(waiting.map(({ value }) => value))
    for (const one of waiting) noteRead({ raw, opened }, one.table, reader.read(one.value))
    waiting = []
    chars = 0
  }
  for await (const line of lines) {
    table = /^INSERT INTO (?:public\.)?(\w+)/.exec(line)?.[1] ?? table
    note(raw, table, line)
    for (const [, hex = ''] of line.matchAll(BYTES)) {
      const value = Buffer.from(hex, 'hex')
      note(raw, table, value)
      waiting.push({ table, value })
    }
    for (const [sealed] of line.matchAll(RESTING)) note(opened, table, restingText(sealed, secretKeys))
    chars += line.length
    if (waiting.length >= ROWS_AT_ONCE || chars >= CHARS_AT_ONCE) await open()
    if (++count % TELL_EVERY === 0) onProgress(count, 'lines of the database')
  }
  await open()
  return { raw, opened }
}

/** Empty where it is no text of a row: a secret of an endpoint opens as that endpoint's alone. */
function restingText(sealed: string, keys: SecretKeys): Buffer | string {
  try {
    return openSealed(sealed, keys, RESTING_BELONGS_TO)
  } catch (error) {
    if (error instanceof SigningError && error.code === 'MR_SIGNING_SEALED_REFUSED') return ''
    throw error
  }
}

/** Texts by where they are from: logs, metrics, traces. */
export function scanText(found: Found, place: string, text: Buffer | string): void {
  note(found, place, text)
}

/** Of some canaries, where they still are. */
export function placesWith(found: Found, wanted: ReadonlySet<string>): string[] {
  return [...found].flatMap(([place, canaries]) => {
    const count = [...canaries].filter((canary) => wanted.has(canary)).length
    return count === 0 ? [] : [`${place} (${count})`]
  })
}

/** Where ids stay (docs/privacy.md): record keys and headers, the marks of keys that are destroyed, messages of errors. */
const IDS_STAY = /^(?:topic |redis key:|log of |exported logs)/

/** Of some ids, where they are beside that. */
export function placesWithIds(found: Found, wanted: ReadonlySet<string>): string[] {
  return placesWith(new Map([...found].filter(([place]) => !IDS_STAY.test(place))), wanted)
}

/** How many of some canaries are anywhere. */
export function countAnywhere(found: Found, wanted: ReadonlySet<string>): number {
  const all = new Set([...found.values()].flatMap((canaries) => [...canaries]))
  return [...wanted].filter((canary) => all.has(canary)).length
}

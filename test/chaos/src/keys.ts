// The life of the master key on a running system: Redis loses all data keys under load, the master key is changed, and at last it is lost and given up.
// Nothing of what can be read is lost or doubled, and nothing of what cannot stops what comes in. CHAOS_EVENTS=300 CHAOS_CONVERSATIONS=20
import { join } from 'node:path'
import { connectKafka, KEY_ID_HEADER } from '@millrace/kafka'
import { startReport, startStack } from '@millrace/local'
import { type Topic, topics } from '@millrace/schemas'
import { newSecretKey } from '@millrace/signing'
import {
  type GeneratedEvent,
  generateEvents,
  type Post,
  postInOrder,
  quietLog,
  type RunningSystem,
  runSystem,
  waitFor,
} from '@millrace/test-support'
import { Redis } from 'ioredis'

const EVENTS = Number(process.env.CHAOS_EVENTS ?? 300)
const CONVERSATIONS = Number(process.env.CHAOS_CONVERSATIONS ?? 20)
const RATE = Number(process.env.CHAOS_RATE ?? 50)
const WITHIN_MS = 300_000
const PREFIX = 'keys.'

const report = startReport('chaos keys')
const stack = await startStack({ dir: join(report.dir, 'stack'), say: report.say })
const kafka = connectKafka({ brokers: stack.brokers.split(','), clientId: 'chaos-keys', log: quietLog, prefix: PREFIX })
const redis = new Redis(stack.redisUrl)
const [first, second, third] = [newSecretKey('first'), newSecretKey('second'), newSecretKey('third')]
let seed = Date.now() % 2 ** 30
let sent = 0

try {
  await during('one master key', first, async (system) => {
    await load(system, 'one master key')
    await load(system, 'Redis emptied under load', emptyRedis)
  })
  report.figure('values in topics that are not encrypted', await countPlain(), { exactly: 0 })
  await during('the new one last', `${first},${second}`, (system) => load(system, 'the new one last'))
  await during('the new one first', `${second},${first}`, async (system) => {
    await load(system, 'the new one first')
    const told = JSON.parse(await system.millrace('keys', 'rewrap', '--json')) as { rewrapped: number; keys: number }
    report.figure('data keys', told.keys)
    report.figure('data keys that were wrapped anew', told.rewrapped, { atLeast: 1 })
  })
  await during('the old one out', second, async (system) => {
    report.figure('readable after the change', await readable(system), { exactly: sent })
    await load(system, 'the old one out')
  })
  await during('the master key is lost', `${third},second:lost`, async (system) => {
    report.figure('data keys of before that open', await opening(system), { exactly: 0 })
    const before = sent
    await load(system, 'the master key is lost')
    report.figure('readable after the loss', await readable(system), { exactly: sent - before })
    const dead = await system
      .millrace('tail', 'refreshes', '--dlq', 'conversation-snapshot', '--until-end')
      .catch(() => '')
    report.figure('dead letters', dead.split('\n').filter(Boolean).length, { exactly: 0 })
  })
} finally {
  redis.disconnect()
  await kafka.close()
  await stack.stop()
}
await report.finish()

/** Runs the services with these master keys. */
async function during(what: string, secretKeys: string, work: (system: RunningSystem) => Promise<void>): Promise<void> {
  report.progress(what)
  const system = await runSystem({
    ...{ brokers: stack.brokers, redisUrl: stack.redisUrl, prefix: PREFIX },
    only: ['gateway', 'dedup', 'conversation-refresh'],
    env: { MILLRACE_ENCRYPTION: 'true', MILLRACE_SECRET_KEYS: secretKeys },
    requestsPerMinute: 1_000_000,
    readyWithinMs: 120_000,
  })
  try {
    await work(system)
  } finally {
    await system.stop()
  }
}

/** Posts events of the same conversations as ever, and waits until each is an event once and part of a snapshot. */
async function load(system: RunningSystem, what: string, between = async () => {}): Promise<void> {
  seed += 1
  const { events } = generateEvents({ count: EVENTS, conversations: CONVERSATIONS, duplicateRatio: 0, seed })
  const posts = inSameConversations(events)
  await post(system, what, posts.slice(0, EVENTS / 2))
  await between()
  await post(system, what, posts.slice(EVENTS / 2))
  sent += EVENTS
  const wanted = new Set(events.map(({ eventId }) => eventId))
  await waitFor(async () => (await eventIds()).length >= sent, { what: `${what}: all events`, deadlineMs: WITHIN_MS })
  const ids = await eventIds()
  report.figure(`${what}: events that are missing`, [...wanted].filter((id) => !ids.includes(id)).length, {
    exactly: 0,
  })
  report.figure(`${what}: events that came twice`, ids.length - new Set(ids).size, { exactly: 0 })
  await waitFor(async () => (await inSnapshots(system, wanted)) === wanted.size, {
    what: `${what}: all events in snapshots`,
    deadlineMs: WITHIN_MS,
  })
}

/** Every seed has conversations of its own; here keys and states of before are to be met again. */
function inSameConversations(events: readonly GeneratedEvent[]): Post[] {
  const names = new Map<string, string>()
  return events.map(({ conversationId, body }) => {
    const name = names.get(conversationId) ?? `cnv_keys${names.size}`
    names.set(conversationId, name)
    return { conversationId: name, body: Buffer.from(body.toString().replaceAll(conversationId, name)) }
  })
}

async function post(system: RunningSystem, what: string, posts: readonly Post[]): Promise<void> {
  const { acknowledged } = await postInOrder({
    ...{ url: `${system.gatewayUrl}/api/webhooks/front`, secret: system.webhookSecret, rate: RATE, posts },
    onProgress: (figures) => report.progress(`${what}: ${figures.acknowledged} of ${posts.length} acknowledged`),
  })
  if (acknowledged !== posts.length) throw new Error(`${what}: ${acknowledged} of ${posts.length} were acknowledged`)
}

/** Redis without anything in it: data keys, states and claims. */
async function emptyRedis(): Promise<void> {
  report.figure('data keys that Redis lost', (await redis.keys(`${PREFIX}key:*`)).length, { exactly: CONVERSATIONS })
  await redis.flushall()
}

/** By headers, which stay readable. */
async function eventIds(): Promise<string[]> {
  const ids: string[] = []
  for await (const { headers } of kafka.read(topics.events as unknown as Topic<unknown>, { untilEnd: true }))
    ids.push(headers.get('ce_id')?.toString() ?? '')
  return ids
}

async function inSnapshots(system: RunningSystem, wanted: ReadonlySet<string>): Promise<number> {
  const found = new Set<string>()
  for (const value of await valuesOf(system, 'snapshots'))
    for (const id of (value as { readonly caused_by?: readonly string[] }).caused_by ?? [])
      if (wanted.has(id)) found.add(id)
  return found.size
}

/** Events that the command line can read. */
async function readable(system: RunningSystem): Promise<number> {
  return (await valuesOf(system, 'events')).length
}

async function valuesOf(system: RunningSystem, topic: string): Promise<unknown[]> {
  const lines = (await system.millrace('tail', topic, '--until-end')).split('\n').filter(Boolean)
  return lines.map((line) => (JSON.parse(line) as { readonly value: unknown }).value).filter((value) => value !== null)
}

/** How many data keys open that are of before. */
async function opening(system: RunningSystem): Promise<number> {
  const told = await system
    .millrace('keys', 'check', '--json')
    .catch((error: { stdout?: string }) => error.stdout ?? '{}')
  const {
    keys = 0,
    unopened = 0,
    by_master_key = {},
  } = JSON.parse(told) as {
    readonly keys?: number
    readonly unopened?: number
    readonly by_master_key?: Readonly<Record<string, number>>
  }
  return keys - unopened - (by_master_key.third ?? 0)
}

async function countPlain(): Promise<number> {
  let count = 0
  for (const topic of [
    topics.received,
    topics.events,
    topics.refreshes,
    topics.snapshots,
  ] as unknown as Topic<unknown>[])
    for await (const { value, headers } of kafka.read(topic, { untilEnd: true }))
      if (value !== null && (!headers.has(KEY_ID_HEADER) || value.includes('cnv_'))) count += 1
  return count
}

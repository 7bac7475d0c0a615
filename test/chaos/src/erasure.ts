// Erases people under load while services are killed: within a minute nothing of them is left that anybody can read, in any topic, store, log or page, everything of the others is, and neither a redrive, a flushed Redis, a rebuild nor a replay brings them back.
// With --without-encryption nothing is encrypted: then records that are not compacted stay until they expire, and all else goes.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startWholeSystem } from '@millrace/bench/whole-system'
import { freePort, startReport } from '@millrace/local'
import { allTopics, type Topic, topics } from '@millrace/schemas'
import { parseSecretKeys } from '@millrace/signing'
import { postInOrder, runService, startPostgres, startTelemetrySink, waitFor } from '@millrace/test-support'
import { Redis } from 'ioredis'
import { checkEvents, countIds } from './check-events.ts'
import { countRecords } from './count-records.ts'
import { addressOf, canariesIn, canaryOf, canaryTraffic, contactOf, lonePeople } from './erasure/canaries.ts'
import { buryOneOfEach, redriveAll } from './erasure/dead-letters.ts'
import { type Erasing, eraseAll, median, phaseSeconds, subjectsOf, type Took, untilKnown } from './erasure/erase-all.ts'
import { collectLogs } from './erasure/logs.ts'
import { type Look, lookEverywhere } from './erasure/look-everywhere.ts'
import { type Signed, signIn } from './erasure/people.ts'
import { postLone } from './erasure/post-lone.ts'
import { countAnywhere, keysLeft, placesWith, placesWithIds } from './erasure/scan.ts'
import { createMcpCaller } from './restart/mcp-caller.ts'

const EVENTS = Number(process.env.CHAOS_EVENTS ?? 100_000)
/**
 * While people are erased, with every service restarted beside it. An event is some 120 records in all topics, since the whole conversation is read again for it:
 * at much more than this the services of two cores fall behind, and the minute is promised by services that do not.
 */
const RATE = Number(process.env.CHAOS_RATE ?? 15)
/** Before and after that: as much as services take in the end, which is less. */
const FILL_RATE = Number(process.env.CHAOS_FILL_RATE ?? 100)
/** The share that is there before anybody is erased, and seconds for which there are events to come while they are. */
const FILLED = 0.4
const ERASING_SECONDS = 300
const SUBJECTS = Number(process.env.CHAOS_SUBJECTS ?? 1_000)
const ERASED = Number(process.env.CHAOS_ERASED ?? 50)
/** Of these, contacts and clients; the rest are conversations, half of them asked for by address. */
const LONE_ERASED = Math.floor(ERASED / 5)
/** The share of requests whose traces are looked through: each is some hundred spans. */
const TRACED = 0.02
/** Of this type the customer's endpoint gets every event. */
const DELIVERED_TYPE = 'comment.added'
const SETTLE_WITHIN_MS = 7_200_000
/** In which everybody is. */
const LISTS = /^redis (?:poller:known|parity:)/
const ERASE_WITHIN_SECONDS = 60

const options = { 'without-encryption': { type: 'boolean', default: false } } as const
const withoutEncryption = parseArgs({ options }).values['without-encryption']

const report = startReport('chaos erasure')
const logs = collectLogs()
const telemetry = await startTelemetrySink(logs.onExport)
const whole = await startWholeSystem(report, {
  hasConsole: true,
  hasKeys: true,
  env: {
    MILLRACE_ENCRYPTION: String(!withoutEncryption),
    // One endpoint gets all of it, faster than a customer's would.
    DELIVERY_ENDPOINT_PER_MINUTE: '100000',
    DELIVERY_TENANT_PER_MINUTE: '100000',
    OTEL_EXPORTER_OTLP_ENDPOINT: telemetry.url,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: String(TRACED),
  },
  readyWithinMs: 180_000,
  onLine: logs.onLine,
})
const { system, stack, kafka } = whole
const postgres = await startPostgres()
const databaseUrl = await postgres.createDatabase()
const ledger = await system.startConsole(databaseUrl)
const redis = new Redis(stack.redisUrl)
const mcpPort = await freePort()
const mcp = await runService({ name: 'mcp', env: { ...system.env, MCP_PORT: String(mcpPort) }, onLine: logs.onLine })

try {
  await system.addEndpoint(DELIVERED_TYPE)
  const asker = await signIn(system, system.consoleUrl, 'asker', 'operator')
  const decider = await signIn(system, system.consoleUrl, 'decider', 'approver')
  const erasing: Erasing = { asker, decider, report, withoutEncryption, withinMs: SETTLE_WITHIN_MS }
  const traffic = canaryTraffic({ count: EVENTS, conversations: SUBJECTS - 2 * LONE_ERASED })
  const all = [...traffic.expected.keys()]
  const lone = lonePeople(2 * LONE_ERASED)
  const [erased, kept] = [all.slice(0, ERASED - LONE_ERASED), all.slice(ERASED - LONE_ERASED)]
  const [loneErased, loneKept] = [lone.slice(0, LONE_ERASED), lone.slice(LONE_ERASED)]
  const subjects = subjectsOf(erased, loneErased)
  const ids = (people: readonly { readonly id: string }[]) => people.map(({ id }) => id)
  const goneIds = new Set([...erased, ...ids(loneErased)])
  const gone = new Set([...goneIds].map(canaryOf))
  const others = new Set([...kept, ...ids(loneKept)].map(canaryOf))

  const loneRequests = await postLone(system, lone)
  const { length } = traffic.events
  const posted = { acknowledged: 0 }
  const post = async (count: number, rate: number) => {
    const before = posted.acknowledged
    const { acknowledged } = await postInOrder({
      url: `${system.gatewayUrl}/api/webhooks/front`,
      secret: system.webhookSecret,
      rate,
      posts: traffic.events.slice(before, before + count),
      onProgress: (so) => report.progress(`${before + so.acknowledged} of ${length} acknowledged`),
    })
    posted.acknowledged += acknowledged
  }
  // Without keys nothing stops what comes in later.
  await post(withoutEncryption ? length : Math.floor(length * FILLED), FILL_RATE)
  await settle()
  const dead = withoutEncryption ? [] : await buryOneOfEach(kafka)
  const posting = post(Math.floor(RATE * ERASING_SECONDS), RATE)
  await untilKnown(erasing, subjects)
  report.note(`erasing ${subjects.length} of ${all.length + lone.length} people, killing every service`)
  const killing = killEach()
  const done = await eraseAll(erasing, subjects)
  report.note(`seconds of each phase, median (longest): ${phaseSeconds(done)}`)
  const killed = await killing
  if (withoutEncryption) await settle()
  report.note('looking for them everywhere')
  const during = await look()
  await posting
  await post(length, FILL_RATE)
  await settle()
  const putBack = withoutEncryption ? 0 : await redriveAll(asker, SETTLE_WITHIN_MS)
  if (putBack > 0) await settle()

  report.note('looking again, with all traffic in')
  const after = await look()
  const expected = new Map([...traffic.expected].filter(([id]) => withoutEncryption || !erased.includes(id)))
  const isFront = { isCounted: ({ conversation_id }: { conversation_id: string | null }) => conversation_id !== null }
  const events = await checkEvents(kafka, expected, isFront.isCounted)
  const snapshots = await countIds(kafka, topics.snapshots, ({ conversation_id }) => conversation_id)

  report.figure('events sent', EVENTS)
  report.figure('people', all.length + lone.length)
  report.figure('people erased', done.length, { exactly: ERASED })
  report.figure('services killed', killed, { atLeast: system.services.size + 1 })
  report.figure('acknowledged', posted.acknowledged + loneRequests, {
    exactly: traffic.events.length + loneRequests,
  })
  tellTimes(done)
  if (withoutEncryption) tellLooksWithout({ during, after }, gone, done)
  else {
    report.note('flushing Redis, rebuilding the ledger, replaying everything')
    await redis.flushall()
    await system.millrace('console', 'rebuild')
    await replayAll(asker, decider)
    await settle()
    const again = await look()
    tellLooks({ 'right after': during, 'after all traffic': after, 'after flush, rebuild and replay': again }, gone)
    // Ids lead to nothing any more, and several lists have them for days: shown, and judged by whoever reads it.
    const idsAt = placesWithIds(again.readable, goneIds).join(', ') || 'nowhere'
    report.figure('where ids of erased people are, beside records, marks of keys and logs', idsAt)
    const inRedis = new Map([...after.readable].filter(([place]) => /^redis (?!key:)/.test(place)))
    const contacts = placesWith(inRedis, new Set(erased.map(contactOf))).join(', ') || 'nowhere'
    const everybody = new Set([...gone, ...others])
    const nowhere = { exactly: 'nowhere' }
    report.figure('where in plain text', placesWith(after.plain, everybody).join(', ') || 'nowhere', nowhere)
    report.figure('where in Redis contacts of erased people are, beside marks of keys', contacts, nowhere)
    const lists = placesWith(new Map([...inRedis].filter(([place]) => LISTS.test(place))), goneIds)
    report.figure('lists in Redis that have an erased conversation', lists.join(', ') || 'nowhere', nowhere)
    const listed = [...inRedis].filter(([place, ids]) => LISTS.test(place) && kept.some((id) => ids.has(id)))
    report.figure('lists in Redis that have one of the others', listed.length, { atLeast: 1 })
    const deadOfOthers = dead.filter((id) => !goneIds.has(id)).length
    report.figure('dead letters of erased people', dead.length - deadOfOthers, { atLeast: ERASED })
    report.figure('dead letters that redrives put back: those of the others', putBack, { exactly: deadOfOthers })
    report.figure('data keys of theirs in the topic', await keysLeft(kafka), { exactly: 0 })
    report.figure('others found after flush, rebuild and replay', countAnywhere(again.readable, others), {
      exactly: others.size,
    })
    report.figure('conversations of erased people that can be read', events.unexpected, { exactly: 0 })
    const nothing = await exportOf(erased[0] ?? '')
    report.figure('words of an erased person in an export', nothing.own + nothing.others, { exactly: 0 })
  }
  const wanted = [...expected.values()].flat().length
  report.figure('others whom the scanner finds with the keys', countAnywhere(after.readable, others), {
    exactly: others.size,
  })
  report.figure('events of conversations', events.seen, { exactly: wanted })
  report.figure('of these lost', events.lost, { exactly: 0 })
  report.figure('of these doubled', events.doubled, { exactly: 0 })
  report.figure('order inversions', events.inversions, { exactly: 0 })
  report.figure('others with a snapshot', kept.filter((id) => snapshots.has(id)).length, { exactly: kept.length })
  report.figure('receipts that millrace erase check finds good', await goodReceipts(done.slice(0, 3)), { exactly: 3 })
  const exported = await exportOf(kept[0] ?? '')
  report.figure('an export of one of the others has it, and nobody else', exported.others === 0 && exported.own > 0, {
    exactly: true,
  })
  report.figure('pages that show an erased person', await pagesWith(asker, erased.slice(0, 5)), { exactly: 0 })
  report.figure('pages that show one of the others', await pagesWith(asker, kept.slice(0, 5)), { exactly: 5 })
  report.figure('erased people that a model is shown', await toldByMcp(erased.slice(0, 5)), { exactly: 0 })
  report.figure('others that a model is shown', await toldByMcp(kept.slice(0, 5)), { exactly: 5 })
  for (const signal of ['traces', 'metrics', 'logs'] as const)
    report.figure(`exports of ${signal} that were looked through`, logs.exports(signal), { atLeast: 1 })
} finally {
  redis.disconnect()
  await mcp.stop()
  await whole.stop()
  await postgres.stop()
  await telemetry.close()
}
await report.finish()

function look(): Promise<Look> {
  const services = [ledger, mcp, ...system.services.values()]
  const onProgress = (count: number, what: string) => report.progress(`looked through ${count} ${what}`)
  const { prefix } = system
  const secretKeys = parseSecretKeys(system.env.MILLRACE_SECRET_KEYS ?? '')
  const stores = { kafka, redis, prefix, databaseUrl, secretKeys }
  return lookEverywhere({ ...stores, services, logs, onProgress, lastOnly: withoutEncryption })
}

function tellTimes(done: readonly Took[]): void {
  const atMost = { atMost: ERASE_WITHIN_SECONDS }
  const [unreadable, receipts] = [done.map(({ unreadable }) => unreadable), done.map(({ receipt }) => receipt)]
  report.figure('seconds from approval until nobody can read it, median', median(unreadable))
  report.figure('seconds from approval until nobody can read it, longest', Math.max(...unreadable), atMost)
  report.figure('seconds from approval to receipt, median', median(receipts))
  report.figure('seconds from approval to receipt, longest', Math.max(...receipts), atMost)
  report.figure('seconds of each phase, median (longest)', phaseSeconds(done))
}

function tellLooks(looks: Readonly<Record<string, Look>>, gone: ReadonlySet<string>): void {
  for (const [when, { readable }] of Object.entries(looks)) {
    report.figure(`erased people readable somewhere, ${when}`, countAnywhere(readable, gone), { exactly: 0 })
    const where = placesWith(readable, gone).join(', ') || 'nowhere'
    report.figure(`where, ${when}`, where, { exactly: 'nowhere' })
  }
}

/** Records of topics that are not compacted stay until they expire, and the receipt says when that is. */
function tellLooksWithout(
  looks: { readonly during: Look; readonly after: Look },
  gone: ReadonlySet<string>,
  done: readonly Took[],
): void {
  const expiring = new Set(allTopics().flatMap(({ name, cleanup }) => (cleanup === 'delete' ? [`topic ${name}`] : [])))
  for (const [when, { readable }] of Object.entries(looks)) {
    const elsewhere = new Map([...readable].filter(([place]) => !expiring.has(place)))
    const where = placesWith(elsewhere, gone).join(', ') || 'nowhere'
    report.figure(`where beside records that expire, ${when}`, where, { exactly: 'nowhere' })
  }
  const days = done.filter(({ plainUntil }) => /^\d{4}-\d\d-\d\d$/.test(String(plainUntil))).length
  report.figure('receipts that name the day on which the last record expires', days, { exactly: done.length })
}

/** Every service once, and the console twice, one after the other while people are erased. */
async function killEach(): Promise<number> {
  let count = 0
  for (const service of [ledger, ...system.services.values(), ledger]) {
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    await service.kill('SIGKILL')
    count++
    await service.start()
  }
  return count
}

/** Of these people, how many a page of the console tells of: found by address, or shown by conversation. */
async function pagesWith(who: Signed, conversations: readonly string[]): Promise<number> {
  let count = 0
  for (const id of conversations) {
    const answers = [
      await who.get(`/conversations/${id}`),
      await who.get(`/events?conversation=${id}`),
      await who.post('/conversations/search', { q: addressOf(id) }),
    ]
    if (answers.some(({ text }) => text.includes(canaryOf(id)) || text.includes(`"conversation_id":"${id}"`))) count++
  }
  return count
}

/** Of these people, how many a model is told of: by their conversation, and by the payloads of its events. */
async function toldByMcp(conversations: readonly string[]): Promise<number> {
  const token = (await system.millrace('tokens', 'add', 'model', '--role', 'default:viewer')).trim()
  const caller = createMcpCaller(`http://127.0.0.1:${mcpPort}/mcp`, token)
  let count = 0
  for (const id of conversations) {
    const listed = await caller.answer('search_events', { id, limit: 5 })
    const events = new Set(Array.from(listed.matchAll(/"event_id":"([^"]+)"/g), ([, event_id]) => event_id))
    const answers = [listed, await caller.answer('read_conversation', { conversation_id: id })]
    for (const event_id of events)
      answers.push(await caller.answer('read_event_story', { event_id, include_payload: true }))
    if (answers.some((text) => text.includes(canaryOf(id)))) count++
  }
  return count
}

/** Receipts as the command line writes and checks them. */
async function goodReceipts(done: readonly Took[]): Promise<number> {
  let good = 0
  for (const { id } of done) {
    const file = join(report.dir, `${id}.json`)
    await system.millrace('erase', 'show', id, '--out', file)
    if ((await system.millrace('erase', 'check', file)).startsWith('good')) good++
  }
  return good
}

/** How many canaries an export of a conversation has, of its own and of others. */
async function exportOf(conversation: string): Promise<{ own: number; others: number }> {
  const file = join(report.dir, 'export.json')
  await system.millrace('export', '--subject', `conversation:${conversation}`, '--out', file)
  const { records, is_complete } = JSON.parse(readFileSync(file, 'utf8')) as { records: object[]; is_complete: boolean }
  if (!is_complete) throw new Error('the export is cut off')
  const found = canariesIn(JSON.stringify(records))
  const own = found.delete(canaryOf(conversation)) ? 1 : 0
  return { own, others: found.size }
}

async function replayAll(asker: Signed, decider: Signed): Promise<void> {
  for (const name of ['conversation-snapshot', 'knowledge-extract']) {
    const request = { target: { kind: 'group', name }, selection: { since: 0 }, rate: 1_000, reason: 'chaos' }
    const { body } = await asker.post('/replays', request)
    if (typeof body.approval_id === 'string') {
      const { body: shown } = await decider.get(`/approvals/${body.approval_id}`)
      await decider.post(`/approvals/${body.approval_id}/approve`, { params_sha256: shown.params_sha256 })
    }
    await waitFor(async () => (await asker.get(`/replays/${body.replay_id}`)).body.state === 'done', {
      what: `the replay to ${name}`,
      deadlineMs: SETTLE_WITHIN_MS,
      everyMs: 1_000,
    })
  }
}

/** Waits until every service has worked off what is there. */
async function settle(): Promise<void> {
  const derived = allTopics().filter(({ name }) => name !== topics.positions.name) as readonly Topic<unknown>[]
  let seen = -1
  await waitFor(
    async () => {
      const before = seen
      seen = await countRecords(kafka, derived)
      report.progress(`working off: ${seen} records`)
      return seen === before
    },
    { what: 'all topics to stop growing', deadlineMs: SETTLE_WITHIN_MS, everyMs: 10_000 },
  )
}

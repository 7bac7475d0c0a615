import { parityReport, topicKey } from '@millrace/domain'
import { connectKafka, type Kafka } from '@millrace/kafka'
import { type IngestMode, type Notice, type ParityFinding, type Topic, topics } from '@millrace/schemas'
import { patient, quietLog, type RunningSystem, runSystem, waitFor } from '@millrace/test-support'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

const KEY = topicKey('default', 'front')
const WINDOW_MS = 250
const env = {
  ...{ POLLER_INTERVAL_MS: '250', POLLER_RECONCILE_MS: '500', POLLER_GRACE_MS: '0', POLLER_LATE_MS: '1000' },
  ...{ POLLER_PARITY_WINDOW_MS: String(WINDOW_MS), POLLER_PARITY_SETTLE_MS: '800', POLLER_PARITY_EVERY_MS: '100' },
  ...{ POLLER_ROLLBACK_MISSING_MS: '3000', POLLER_ROLLBACK_BACKLOG_MS: '5000', KAFKA_SESSION_TIMEOUT_MS: '3000' },
}

let system: RunningSystem
let kafka: Kafka
let webhook: string
const findings: ParityFinding[] = []
const notices: Notice[] = []
const modes: IngestMode[] = []
const stopTails = new AbortController()

beforeAll(async () => {
  const { KAFKA_BROKERS = '', REDIS_URL = '' } = process.env
  const only = ['gateway', 'dedup', 'poller'] as const
  system = await runSystem({ brokers: KAFKA_BROKERS, redisUrl: REDIS_URL, env, only, eventPartitions: 2 })
  const brokers = KAFKA_BROKERS.split(',')
  kafka = connectKafka({ ...patient, brokers, clientId: 'test', log: quietLog, prefix: system.prefix })
  void tail(topics.parity, findings)
  void tail(topics.notices, notices)
  void tail(topics.modes, modes)
  webhook = await subscribe(system.webhookSecret)
})

beforeEach(() => {
  system.front.webhooks.trouble({})
})

afterAll(async () => {
  stopTails.abort()
  await kafka?.close(1_000)
  await system?.stop()
})

async function tail<V>(topic: Topic<V>, into: V[]): Promise<void> {
  for await (const raw of kafka.read(topic as Topic<unknown>, { signal: stopTails.signal })) {
    const value = kafka.decode(topic, raw)
    if (value !== null) into.push(value)
  }
}

async function subscribe(secret: string): Promise<string> {
  const url = `${system.gatewayUrl}/api/webhooks/front`
  return (await system.front.webhooks.add({ kind: 'app', url, secret })).id
}

async function setMode(mode: IngestMode['mode']): Promise<void> {
  const at = Date.now()
  await kafka.send(topics.modes, KEY, {
    ...{ tenant: 'default', source: 'front', mode, inboxes: [], percent: 100 },
    ...{ changed_at: at, changed_by: 'person', reason: '' },
  })
  await waitFor(() => modes.at(-1)?.changed_at === at, { what: 'the mode to be out' })
}

/** Comparing has begun, by a poller that knows that everything is polled: answers from when on events count. */
async function untilCompared(): Promise<number> {
  const { company } = system.front
  const { id } = company.open().conversation as { id: string }
  // What polling never tells is no difference before.
  const isSeen = () => {
    company.snooze(id, Date.now() + 60_000)
    return findings.some(({ differences }) => differences.some(({ seen_by }) => seen_by === 'webhook'))
  }
  await waitFor(isSeen, { what: 'comparing to begin' })
  const since = (Math.floor(Date.now() / WINDOW_MS) + 1) * WINDOW_MS
  await waitFor(() => Date.now() >= since, { what: 'a window to begin' })
  return since
}

const reportOf = (since: number) => parityReport(findings, since, Date.now())

/** Something happens all the time, until `done` says that it is enough. */
async function liveUntil(done: () => boolean, what: string): Promise<void> {
  const { company } = system.front
  const { id } = company.open().conversation as { id: string }
  const act = () => {
    company.receive(id)
    return done()
  }
  await waitFor(act, { what, everyMs: 50 })
}

test('parallel reports exactly the differences that there are, with their reasons; a late webhook takes its own back', async () => {
  await setMode('parallel')
  const since = await untilCompared()
  const { company, webhooks } = system.front
  const idOf = (event: object) => (event as { id: string }).id
  const cnv = (company.open().conversation as { id: string }).id
  const seen = [company.reply(cnv), company.tag(cnv, 'urgent'), company.archive(cnv)].length + 1
  webhooks.trouble({ loses: 1 })
  const lost = [company.receive(cnv), company.assign(cnv, 'sam')].map(idOf)
  webhooks.trouble({ delays: 1, delayMs: 2_000 })
  const late = [company.receive(cnv)].map(idOf)
  webhooks.trouble({})
  const unsent = [company.mention(cnv), company.setField(cnv, 'Plan', 'gold')].map(idOf)
  const unpolled = [company.snooze(cnv, Date.now() + 60_000)].map(idOf)
  const count = lost.length + unsent.length + unpolled.length
  const isWhole = () => {
    const { differences, totals } = reportOf(since)
    return totals.both === seen + late.length && differences.length === count
  }
  await waitFor(isWhole, { what: 'everything to be compared, the late one too' }).catch(() => {})
  const { differences, totals, missed, verdict } = reportOf(since)
  const of = (seenBy: string, isHarmless: boolean) =>
    differences.flatMap(({ event_id, seen_by, reason }) =>
      seen_by === seenBy && /^type-not/.test(reason) === isHarmless ? [event_id] : [],
    )
  expect(of('poll', false).toSorted()).toEqual(lost.toSorted())
  expect(of('poll', true).toSorted()).toEqual(unsent.toSorted())
  expect(of('webhook', true)).toEqual(unpolled)
  expect(differences).toHaveLength(count)
  expect([totals.both, missed, verdict.isSafe]).toEqual([seen + late.length, lost.length, false])
})

test('requests that fail verification, as forged ones do, are told and force no rollback', async () => {
  await setMode('webhook')
  const url = `${system.gatewayUrl}/api/webhooks/front`
  const forged = () => fetch(url, { method: 'POST', body: '{}', headers: { 'x-front-signature': 'forged' } })
  for (let sent = 0; sent < 20; sent++) expect((await forged()).status).toBe(401)
  const told = () => notices.some(({ kind }) => kind === 'verification-failures')
  await liveUntil(told, 'the notice')
  expect(modes.at(-1)).toMatchObject({ mode: 'webhook', changed_by: 'person' })
})

test('webhooks that miss events for the set time roll the source back to polling, with a notice; only a person goes back', async () => {
  await setMode('webhook')
  system.front.webhooks.trouble({ isDown: true })
  await liveUntil(() => modes.at(-1)?.mode === 'polling', 'the rollback')
  expect(modes.at(-1)).toMatchObject({ changed_by: 'trigger', reason: expect.stringContaining('webhooks missed') })
  await waitFor(() => notices.at(-1)?.kind === 'rolled-back', { what: 'the notice' })
  expect(notices.at(-1)).toMatchObject({ severity: 'critical', subject: 'front', writer: 'poller' })
  system.front.webhooks.trouble({})
  const compared = findings.length
  await liveUntil(() => findings.length > compared + 8, 'webhooks to be fine for a while')
  expect(modes.at(-1)).toMatchObject({ mode: 'polling', changed_by: 'trigger' })
})

test('webhooks that are refused while events are missing roll back, and the notice names the refusals', async () => {
  system.front.webhooks.remove(webhook)
  await setMode('webhook')
  // The secret is changed at Front and not here: what it signs from now on is refused.
  const { webhooks } = system.front
  const wrong = webhooks.add({ kind: 'rule', url: `${system.gatewayUrl}/api/webhooks/front`, secret: 'another secret' })
  await liveUntil(() => modes.at(-1)?.mode === 'polling', 'the rollback')
  expect(modes.at(-1)?.reason).toContain('webhooks were refused')
  // Until the poller has heard of its own rollback it may write it again, over the mode that the next test sets.
  const compared = findings.length
  await liveUntil(() => findings.length > compared + 2, 'the rollback to be known')
  webhooks.remove((await wrong).id)
  webhook = await subscribe(system.webhookSecret)
})

test('webhooks that wait too long to become events roll the source back', async () => {
  await setMode('webhook')
  await system.services.get('dedup')?.stop()
  await liveUntil(() => modes.at(-1)?.mode === 'polling', 'the rollback')
  expect(modes.at(-1)?.reason).toContain('the oldest webhook that is no event yet')
  await system.services.get('dedup')?.start()
})

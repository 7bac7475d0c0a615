import { connectKafka } from '@millrace/kafka'
import { type ParityFinding, topics } from '@millrace/schemas'
import { patient, quietLog } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Env, millrace, ownTopics } from './support/millrace.ts'
import { runInside } from './support/run-inside.ts'

const env: Env = {
  ...ownTopics(),
  FRONT_API_TOKEN: 'token',
  WEBHOOK_SECRET: 'secret',
  MAKE_COM_WEBHOOK_SECRET: 'secret',
}
const kafka = connectKafka({
  ...patient,
  brokers: (env.KAFKA_BROKERS ?? '').split(','),
  clientId: 'test',
  log: quietLog,
  prefix: env.KAFKA_PREFIX ?? '',
})

beforeAll(async () => {
  await millrace(['topics', 'create'], env)
})

afterAll(() => kafka.close())

const shown = async () => JSON.parse((await millrace(['mode', 'front', '--json'], env)).out)

test('a source is in webhook until it is told otherwise; cutover and rollback say what was and what is', async () => {
  expect(await shown()).toMatchObject({ mode: 'webhook', percent: 100, changed_at: null, gap_repair: 'possible' })
  const set = await millrace(['mode', 'front', 'parallel'], env)
  expect(set.out).toMatch(/mode +parallel for all conversations/)
  const over = await millrace(['cutover', 'front', '--percent', '10', '--inbox', 'inb_1,inb_2'], env)
  expect(over.out).toBe(
    'was  parallel for all conversations\nnow  webhook for 10 % of the conversations of inb_1, inb_2, the others are polled\n',
  )
  expect(over.err).toContain('not known: nothing was compared')
  expect(await shown()).toMatchObject({
    mode: 'webhook',
    percent: 10,
    inboxes: ['inb_1', 'inb_2'],
    changed_by: 'person',
  })
  const back = await millrace(['rollback', 'front'], env)
  expect(back.out).toMatch(/now {2}polling for all conversations/)
  expect(await shown()).toMatchObject({ mode: 'polling', percent: 100, inboxes: [] })
})

test('a mode that would leave events out, since nobody can poll, is refused with the reason', async () => {
  const { FRONT_API_TOKEN: _, ...without } = env
  const front = await millrace(['rollback', 'front'], without)
  expect([front.code, front.err]).toEqual([1, expect.stringContaining('account default has no API token')])
  const make = await millrace(['cutover', 'make-chatgpt-clients', '--percent', '50'], env)
  expect([make.code, make.err]).toEqual([1, expect.stringContaining('make has no list of events')])
})

const wrong: readonly (readonly [string[], string])[] = [
  [['mode', 'front', 'poll'], 'MODE is webhook, polling, parallel'],
  [['mode', 'front', 'polling', '--percent', '50'], 'polling is for all conversations'],
  [['cutover', 'front', '--percent', '101'], 'whole number from 0 to 100'],
  [['cutover', 'front', '--inbox', 'support'], '"support" is none'],
  [['cutover', 'nobody'], 'there is no source nobody; configured: front'],
  [['parity', 'front', '--since', 'yesterday'], '--since is a time ago'],
]

test.for(wrong)('%j is refused', async ([args, problem]) => {
  vi.stubEnv('KAFKA_PREFIX', env.KAFKA_PREFIX)
  vi.stubEnv('FRONT_API_TOKEN', 'token')
  const { code, err } = await runInside(args)
  expect(code).not.toBe(0)
  expect(err).toContain(problem)
})

function finding(minutesAgo: number, changes: Partial<ParityFinding>): ParityFinding {
  const since = Math.floor(Date.now() / 60_000) * 60_000 - minutesAgo * 60_000
  return {
    tenant: 'default',
    account: 'default',
    source: 'front',
    kind: 'window',
    since,
    until: since + 60_000,
    found_at: Date.now(),
    types: [],
    delays: [],
    differences: [],
    unlisted: 0,
    ...changes,
  }
}

test('parity sums the findings, lists the differences with their reasons and says whether cutting over is safe', async () => {
  const difference = {
    event_id: 'evt_lost',
    type: 'message.received',
    seen_by: 'poll' as const,
    conversation_id: 'cnv_1',
  }
  const found = [
    finding(9, { types: [{ type: 'message.received', both: 40, webhook_only: 0, poll_only: 0 }] }),
    finding(3, {
      types: [{ type: 'message.received', both: 9, webhook_only: 0, poll_only: 1 }],
      delays: [{ origin: 'webhook', up_to_ms: 500, events: 49 }],
      differences: [{ ...difference, occurred_at: Date.now() - 170_000, reason: 'no-webhooks-then' }],
    }),
    finding(3, { tenant: 'other', types: [{ type: 'message.sent', both: 7, webhook_only: 0, poll_only: 0 }] }),
  ]
  for (const each of found) await kafka.send(topics.parity, `${each.tenant}/${each.source}`, each)
  const { code, out } = await millrace(['parity', 'front', '--since', '10m'], env)
  expect(code).toBe(3)
  expect(out).toMatch(/message\.received +49 +0 +1/)
  expect(out).not.toContain('message.sent')
  expect(out).toMatch(/webhook +0\.5 s/)
  expect(out).toMatch(/poll +evt_lost +message\.received .* no webhook came at all then/)
  expect(out).toContain('Cutting over is not safe: webhooks missed 1 of 50 events')
  const json = JSON.parse((await millrace(['parity', 'front', '--json'], env)).out)
  expect(json).toMatchObject({
    source: 'front',
    totals: { both: 49, pollOnly: 1 },
    missed: 1,
    verdict: { isSafe: false },
  })
  const before = await shown()
  const dry = await millrace(['cutover', 'front', '--percent', '10', '--dry-run'], env)
  expect([dry.code, dry.out]).toEqual([3, expect.stringContaining('would  webhook for 10 % of the conversations')])
  expect(await shown()).toEqual(before)
})

test('a comparison that proves that cutting over is safe ends with 0', async () => {
  const own = { ...env, ...ownTopics() }
  await millrace(['topics', 'create'], own)
  const { KAFKA_BROKERS = '', KAFKA_PREFIX = '' } = own
  const there = connectKafka({
    ...patient,
    brokers: KAFKA_BROKERS.split(','),
    clientId: 't',
    log: quietLog,
    prefix: KAFKA_PREFIX,
  })
  const types = [{ type: 'message.received', both: 40, webhook_only: 0, poll_only: 0 }]
  for (let ago = 10; ago > 0; ago--) await there.send(topics.parity, 'default/front', finding(ago, { types }))
  await there.close()
  const { code, out } = await millrace(['parity', 'front', '--since', '10m'], own)
  expect([code, out]).toEqual([0, expect.stringContaining('Cutting over is safe')])
  expect((await millrace(['cutover', 'front', '--dry-run'], own)).code).toBe(3)
})

test('help says which argument may be left out', async () => {
  const { out } = await runInside(['mode', '--help'])
  expect(out).toContain('Usage: millrace mode SOURCE [MODE] [options]')
})

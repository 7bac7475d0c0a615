import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, expect, test } from 'vitest'
import { type CopySeen, createParityMarks } from '../src/parity-marks.ts'

const WINDOW = 1_000
const AT = 1_800_000_000_000
const redis = new Redis(process.env.REDIS_URL ?? '', { keyPrefix: `t${randomBytes(4).toString('hex')}.` })
const marks = createParityMarks(redis, WINDOW)
let accounts = 0

afterAll(() => redis.disconnect())

async function begun(): Promise<string> {
  const account = `default/${++accounts}`
  await marks.begin(account, AT)
  return account
}

const copy = (event: string, origin: CopySeen['origin'], changes: Partial<CopySeen['facts']> = {}): CopySeen => ({
  ...{ event, origin, receivedAt: AT + 700 },
  facts: {
    ...{ type: 'message.received', occurred_at: AT, conversation_id: 'cnv_1', is_private: false, is_named: true },
    ...changes,
  },
})

test('both copies of an event make one mark; noting one again, later, changes nothing', async () => {
  const account = await begun()
  await marks.note(account, copy('evt_1', 'webhook'))
  await marks.note(account, copy('evt_1', 'poll'))
  await marks.note(account, { ...copy('evt_1', 'webhook'), receivedAt: AT + 9_000 })
  expect(await marks.marksOf(account, AT)).toEqual(
    new Map([['evt_1', { ...copy('evt_1', 'poll').facts, webhook: AT + 700, poll: AT + 700 }]]),
  )
})

test('an event from before comparing began is passed over', async () => {
  const account = await begun()
  expect(await marks.note(account, copy('evt_1', 'poll', { occurred_at: AT - 1 }))).toEqual({ kind: 'early' })
  expect(await marks.note('default/nobody', copy('evt_1', 'poll'))).toEqual({ kind: 'early' })
})

test('a sealed window takes no more, and is sealed again until it has been settled', async () => {
  const account = await begun()
  await marks.note(account, copy('evt_1', 'poll'))
  await marks.note(account, copy('evt_2', 'poll', { occurred_at: AT + WINDOW }))
  expect(await marks.seal(account, AT + WINDOW + 999)).toEqual([AT])
  expect(await marks.note(account, copy('evt_3', 'webhook'))).toEqual({ kind: 'settled' })
  expect(await marks.seal(account, AT + WINDOW)).toEqual([AT])
  await marks.settle(account, AT, new Map())
  expect(await marks.seal(account, AT + 2 * WINDOW)).toEqual([AT + WINDOW])
})

test('the other copy of what was told as missing is late, until that has been told; a repeated copy is not', async () => {
  const account = await begun()
  const missing = { seen_by: 'poll', type: 'message.received', occurred_at: AT, conversation_id: 'cnv_1' } as const
  await marks.note(account, copy('evt_1', 'poll'))
  await marks.seal(account, AT + WINDOW)
  await marks.settle(account, AT, new Map([['evt_1', missing]]))
  expect(await marks.note(account, copy('evt_1', 'poll'))).toEqual({ kind: 'settled' })
  expect(await marks.note(account, copy('evt_1', 'webhook'))).toEqual({ kind: 'late', told: missing })
  expect(await marks.note(account, copy('evt_1', 'webhook'))).toEqual({ kind: 'late', told: missing })
  await marks.found(account, 'evt_1')
  expect(await marks.note(account, copy('evt_1', 'webhook'))).toEqual({ kind: 'settled' })
})

test('webhooks are counted for the verification alarm, polled copies are not', async () => {
  const account = await begun()
  await marks.note(account, copy('evt_1', 'webhook'))
  await marks.note(account, copy('evt_1', 'poll'))
  expect((await marks.came(account, AT + 700)).webhooks).toBe(1)
})

test('everything that is kept has an end', async () => {
  const account = await begun()
  const own = redis.options.keyPrefix ?? ''
  await marks.note(account, copy('evt_1', 'poll'))
  const kept = (await redis.keys(`${own}parity:${account}:*`)).map((key) => key.slice(own.length))
  const forEver = []
  for (const key of kept) if ((await redis.ttl(key)) < 0) forEver.push(key.split(':').at(-1))
  expect(forEver).toEqual(['since'])
})

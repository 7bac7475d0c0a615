import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { type ClaimAnswer, type ClaimRequest, type ClaimStore, createClaimStore } from '../src/claim-store.ts'

const MINUTE = 60_000
const prefix = `t${randomBytes(4).toString('hex')}.`
const redis = new Redis(process.env.REDIS_URL ?? '', { keyPrefix: prefix })
let stores = 0

afterAll(async () => {
  const keys = await redis.keys(`${prefix}*`)
  if (keys.length > 0) await redis.del(...keys.map((key) => key.slice(prefix.length)))
  redis.disconnect()
})

/** A store of a cluster of its own, filled with what `settled` names. */
async function filledStore(settled: readonly Partial<ClaimRequest>[] = [], committed = 0n) {
  const own = new Redis(process.env.REDIS_URL ?? '', { keyPrefix: `${prefix}${++stores}.` })
  onTestFinished(() => own.disconnect())
  const store = createClaimStore(own, 'cluster')
  await store.refill('', async (filling) => {
    await filling.add(settled.map(request))
    await filling.finish(new Map([[0, committed]]))
  })
  return { store, own }
}

function request(changes: Partial<ClaimRequest> = {}): ClaimRequest {
  return { claim: 'a', position: 'r-0-0', receivedAt: 1_000, windowMs: 0, isFull: true, counts: true, ...changes }
}

const claim = (store: ClaimStore, requests: readonly Partial<ClaimRequest>[], committed = 0n, next = committed) =>
  store.claim({ partition: 0, committed, next, requests: requests.map(request) })

function verdicts(answer: ClaimAnswer): unknown {
  return answer.kind === 'claimed' ? answer.verdicts.map(({ verdict }) => verdict) : answer.kind
}

type Case = readonly [what: string, requests: readonly Partial<ClaimRequest>[], expected: readonly string[]]
const hash = { windowMs: 10 * MINUTE }
const cases: readonly Case[] = [
  ['the first is new, another record of it a duplicate', [{}, { position: 'r-0-1' }], ['new', 'duplicate']],
  ['a record that is read again is itself', [{}, {}], ['new', 'new']],
  ['other identities do not touch each other', [{}, { claim: 'b', position: 'r-0-1' }], ['new', 'new']],
  ['a copy in another partition is a duplicate', [{}, { position: 'r-1-0' }], ['new', 'duplicate']],
  ['a full copy of a partial one is fuller', [{ isFull: false }, { position: 'r-0-1' }], ['new', 'fuller']],
  [
    'it is fuller again when it is read again',
    [{ isFull: false }, { position: 'r-0-1' }, { position: 'r-0-1' }],
    ['new', 'fuller', 'fuller'],
  ],
  [
    'a second full copy is a duplicate',
    [{ isFull: false }, { position: 'r-0-1' }, { position: 'r-0-2' }],
    ['new', 'fuller', 'duplicate'],
  ],
  [
    'the partial one is still itself after a fuller copy',
    [{ isFull: false }, { position: 'r-0-1' }, { isFull: false }],
    ['new', 'fuller', 'new'],
  ],
  ['a partial copy of a full one is a duplicate', [{}, { position: 'r-0-1', isFull: false }], ['new', 'duplicate']],
  [
    'without a window time does not matter',
    [{}, { position: 'r-0-1', receivedAt: 1_000 + 9_999 * MINUTE }],
    ['new', 'duplicate'],
  ],
  [
    'within its window a hash is a duplicate',
    [hash, { ...hash, position: 'r-0-1', receivedAt: 1_000 + 10 * MINUTE }],
    ['new', 'duplicate'],
  ],
  [
    'after its window a hash is new',
    [hash, { ...hash, position: 'r-0-1', receivedAt: 1_001 + 10 * MINUTE }],
    ['new', 'new'],
  ],
  [
    'the window counts from the newest event of the hash',
    [
      hash,
      { ...hash, position: 'r-0-1', receivedAt: 1_000 + 11 * MINUTE },
      { ...hash, position: 'r-0-2', receivedAt: 1_000 + 20 * MINUTE },
    ],
    ['new', 'new', 'duplicate'],
  ],
  [
    'two events of one hash are themselves when both are read again',
    [
      hash,
      { ...hash, position: 'r-0-1', receivedAt: 1_000 + 11 * MINUTE },
      hash,
      { ...hash, position: 'r-0-1', receivedAt: 1_000 + 11 * MINUTE },
    ],
    ['new', 'new', 'new', 'new'],
  ],
  [
    'a copy that does not count is held, and one that counts is new after it',
    [{ counts: false }, { position: 'r-0-1' }],
    ['held', 'new'],
  ],
  [
    'a copy that does not count is a duplicate of one that did, and no fuller one',
    [{ isFull: false }, { position: 'r-0-1', counts: false }, { position: 'r-0-2' }],
    ['new', 'duplicate', 'fuller'],
  ],
  [
    'a record that counted when it was first read is itself though it would not count now',
    [{}, { counts: false }, { position: 'r-0-1' }],
    ['new', 'new', 'duplicate'],
  ],
  [
    'a fuller copy that counted when it was first read is itself though it would not count now',
    [{ isFull: false }, { position: 'r-0-1' }, { position: 'r-0-1', counts: false }],
    ['new', 'fuller', 'fuller'],
  ],
  [
    'the bytes of an event whose window has passed are held when they do not count',
    [hash, { ...hash, position: 'r-0-1', receivedAt: 1_001 + 10 * MINUTE, counts: false }],
    ['new', 'held'],
  ],
]

test.for(cases)('%s', async ([, requests, expected]) => {
  const { store } = await filledStore()
  expect(verdicts(await claim(store, requests))).toEqual(expected)
  // The same, one call each.
  const { store: second } = await filledStore()
  const single = []
  for (const each of requests) single.push(...(verdicts(await claim(second, [each])) as string[]))
  expect(single).toEqual(expected)
})

test('a duplicate is told when the first was received', async () => {
  const { store } = await filledStore()
  const answer = await claim(store, [{}, { position: 'r-0-1', receivedAt: 5_000 }])
  expect(answer).toMatchObject({ verdicts: [{ firstReceivedAt: 1_000 }, { firstReceivedAt: 1_000 }] })
})

test('a claim lives as long as the dedup window', async () => {
  const { store, own } = await filledStore()
  await claim(store, [{}])
  const [key = ''] = (await own.keys(`${own.options.keyPrefix}claim:*:a`)).map((each) =>
    each.slice(each.indexOf('claim:')),
  )
  expect(await own.pttl(key)).toBeGreaterThan(7 * 86_400_000 - 60_000)
})

test('nothing is claimed in a Redis that was emptied', async () => {
  const { store, own } = await filledStore()
  await own.del('claim:marker')
  expect(verdicts(await claim(store, [{}]))).toBe('lost')
})

test('claims of another cluster do not count', async () => {
  const { own } = await filledStore([{}])
  expect(verdicts(await claim(createClaimStore(own, 'another'), [{}]))).toBe('lost')
})

test('a watermark below the committed offset tells that claims were lost', async () => {
  const { store } = await filledStore([], 5n)
  expect(verdicts(await claim(store, [{}], 5n, 8n))).toEqual(['new'])
  expect(verdicts(await claim(store, [{}], 8n, 9n))).toEqual(['new'])
  expect(verdicts(await claim(store, [{}], 10n, 11n))).toBe('lost')
})

test('an offset below one that was committed once is not claimed for', async () => {
  const { store } = await filledStore()
  await claim(store, [], 0n, 8n)
  await claim(store, [], 8n, 9n)
  expect(await claim(store, [{}], 3n, 4n)).toMatchObject({ kind: 'behind', reached: 8n })
})

test("a claim that was read back is nobody's own: the same position again is a duplicate", async () => {
  const { store } = await filledStore([{}])
  expect(verdicts(await claim(store, [{}]))).toEqual(['duplicate'])
})

test('another process that has filled anew is noticed without a refill', async () => {
  const { store, own } = await filledStore()
  const other = createClaimStore(own, 'cluster')
  await claim(other, [{}])
  await store.invalidate()
  await store.refill('', (filling) => filling.finish(new Map()))
  expect(verdicts(await claim(other, [{}]))).toEqual(['new'])
})

test('whatever the batches and however often they are read again, each identity is new once: for its first record', async () => {
  const records = fc.array(fc.record({ claim: fc.constantFrom('a', 'b', 'c'), isFull: fc.boolean() }), {
    minLength: 1,
    maxLength: 12,
  })
  const sizes = fc.array(fc.record({ size: fc.integer({ min: 1, max: 5 }), isCommitted: fc.boolean() }), {
    maxLength: 12,
  })
  await fc.assert(
    fc.asyncProperty(records, sizes, async (drawn, batches) => {
      const { store, own } = await filledStore()
      const all = drawn.map((each, offset) => request({ ...each, position: `r-0-${offset}` }))
      const committed: string[] = []
      // Batches that do not commit are read again, in other sizes.
      for (const { size, isCommitted } of [...batches, { size: all.length, isCommitted: true }]) {
        const some = all.slice(committed.length, committed.length + size)
        const answer = await claim(store, some, BigInt(committed.length), BigInt(committed.length + some.length))
        if (isCommitted) committed.push(...(verdicts(answer) as string[]))
      }
      own.disconnect()
      const expected = all.map(({ claim }, place) => all.findIndex((other) => other.claim === claim) === place)
      expect(committed.map((verdict) => verdict === 'new')).toEqual(expected)
    }),
    { numRuns: 50 },
  )
})

describe('release', () => {
  const released = async (first: Partial<ClaimRequest>[], position: string, then: Partial<ClaimRequest>) => {
    const { store } = await filledStore()
    await claim(store, first)
    await store.release([{ claim: 'a', position }])
    return verdicts(await claim(store, [then]))
  }

  test('gives the claim of a dead letter to the next copy', async () => {
    expect(await released([{}], 'r-0-0', { position: 'r-0-9' })).toEqual(['new'])
  })

  test('leaves a claim that another record holds', async () => {
    expect(await released([{}, { position: 'r-0-1' }], 'r-0-1', { position: 'r-0-9' })).toEqual(['duplicate'])
  })

  test('of a fuller copy lets the next full copy be it', async () => {
    const first = [{ isFull: false }, { position: 'r-0-1' }]
    expect(await released(first, 'r-0-1', { position: 'r-0-9' })).toEqual(['fuller'])
  })
})

describe('a filling', () => {
  test('is done by one process at a time', async () => {
    const { store, own } = await filledStore()
    const other = createClaimStore(own, 'cluster')
    await own.del('claim:marker')
    const done = await store.refill('', async (filling) => {
      expect(await other.refill('', () => Promise.reject(new Error('not alone')))).toBe(false)
      await filling.finish(new Map())
    })
    expect(done).toBe(true)
  })

  test('is not done again by who learned of the loss before another had filled', async () => {
    const { store } = await filledStore()
    expect(await store.refill('', () => Promise.reject(new Error('again')))).toBe(false)
  })

  test('lets nothing be claimed while it lasts', async () => {
    const { store, own } = await filledStore()
    const other = createClaimStore(own, 'cluster')
    const { incarnation } = (await claim(store, [], 9n)) as { incarnation: string }
    await store.refill(incarnation, async (filling) => {
      expect(verdicts(await claim(other, [{}]))).toBe('lost')
      await filling.finish(new Map())
    })
  })

  test.for([
    ['the lock has gone to another process', (own: Redis) => own.set('claim:refill-lock', 'another')],
    ['an older Redis with its marker came back', (own: Redis) => own.set('claim:marker', 'cluster old')],
    [
      'Redis failed over and lost a part of it',
      (own: Redis) =>
        own.eval(
          `for _, k in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('HSET', k, 'filled', 0) end`,
          0,
          '*#watermarks',
        ),
    ],
  ] as const)('does not count when %s', async ([, disturb]) => {
    const { store, own } = await filledStore()
    await own.del('claim:marker')
    const filling = store.refill('', async (each) => {
      await each.add([request()])
      await disturb(own)
      await each.finish(new Map())
    })
    await expect(filling).rejects.toMatchObject({ code: 'MR_DEDUP_REFILLING', retryable: true })
  })
})

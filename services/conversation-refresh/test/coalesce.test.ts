import { AsyncLocalStorage } from 'node:async_hooks'
import { type Lane, lanes } from '@millrace/front-client'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCoalescer } from '../src/coalesce.ts'
import type { Wish } from '../src/wish.ts'

interface Begun {
  readonly id: string
  readonly eventIds: readonly string[]
  end(): void
  fail(error: Error): void
}

function wishOf(conversationId: string, eventId: string, lane: Lane = 'live-high', account = 'a'): Wish {
  const key = `${account}/${conversationId}`
  const events = [{ id: eventId, at: 0, type: '' }]
  return { tenant: 't', account, conversationId, key, lane, reason: 'found', at: 0, webhookId: '', events }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A coalescer whose refreshes end when the test says so. */
function start(concurrency = 4) {
  const begun: Begun[] = []
  const coalescer = createCoalescer<number>({
    concurrency,
    refresh: ({ conversationId, events }) => {
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      begun.push({
        id: conversationId,
        eventIds: events.map(({ id }) => id),
        end: () => resolve(begun.length),
        fail: reject,
      })
      return promise
    },
  })
  let made = 0
  const request = (id: string, lane: Lane = 'live-high', eventId = `e${made++}`) =>
    coalescer.request(wishOf(id, eventId, lane))
  const at = (place: number): Begun => begun[place] as Begun
  return { coalescer, begun, request, at }
}

test('events that come while a refresh waits join it', async () => {
  const { begun, request, at } = start()
  const all = Array.from({ length: 50 }, () => request('c'))
  await turn()
  expect(begun).toHaveLength(1)
  expect(at(0).eventIds).toHaveLength(50)
  at(0).end()
  await Promise.all(all)
})

test('events that come while a refresh runs share the next one', async () => {
  const { begun, request, at } = start()
  void request('c')
  await turn()
  const late = [request('c'), request('c')]
  await turn()
  expect(begun).toHaveLength(1)
  at(0).end()
  await turn()
  expect(begun.map(({ eventIds }) => eventIds.length)).toEqual([1, 2])
  at(1).end()
  await Promise.all(late)
})

test('an event is told once, however often it asks', async () => {
  const { request, at } = start()
  void request('c', 'live-high', 'same')
  void request('c', 'live-high', 'same')
  await turn()
  expect(at(0).eventIds).toEqual(['same'])
})

test('no more conversations are refreshed at once than allowed, and a free place is taken at once', async () => {
  const { coalescer, begun, request, at } = start(2)
  for (const id of ['a', 'b', 'c']) void request(id)
  await turn()
  expect([begun.length, coalescer.waiting()]).toEqual([2, 1])
  at(0).end()
  await turn()
  expect(begun.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
})

test('what is begun together is begun by priority, and by arrival within one', async () => {
  const { begun, request } = start()
  for (const [id, lane] of [
    ['l', 'live-low'],
    ['m', 'live-medium'],
    ['h1', 'live-high'],
    ['h2', 'live-high'],
  ] as const)
    void request(id, lane)
  await turn()
  expect(begun.map(({ id }) => id)).toEqual(['h1', 'h2', 'm', 'l'])
})

test('background reads that wait for their calls keep no urgent one out', async () => {
  const { begun, request } = start(2)
  for (const id of ['r1', 'r2', 'r3']) void request(id, 'reconciliation')
  await turn()
  void request('urgent', 'live-high')
  await turn()
  expect(begun.map(({ id }) => id)).toEqual(['r1', 'r2', 'urgent'])
})

test('urgent reads without end keep no background one out: who gets calls is the budget’s matter', async () => {
  const { begun, request } = start(2)
  for (const id of ['h1', 'h2', 'h3', 'h4']) void request(id, 'live-high')
  await turn()
  void request('background', 'poll')
  await turn()
  expect(begun.map(({ id }) => id)).toEqual(['h1', 'h2', 'background'])
})

test('an important event makes the refresh that it joins important', async () => {
  const { begun, request, at } = start(1)
  void request('running')
  await turn()
  void request('other', 'live-medium')
  void request('c', 'live-low')
  void request('c', 'live-high')
  at(0).end()
  await turn()
  expect(begun[1]?.id).toBe('c')
})

test('equal conversation ids of two accounts are two conversations', async () => {
  const { coalescer, begun } = start()
  for (const account of ['a', 'b']) void coalescer.request(wishOf('c', 'e', 'live-high', account))
  await turn()
  expect(begun).toHaveLength(2)
})

test('an urgent wish does not wait for a background read of the same conversation, a background one waits for an urgent one', async () => {
  const { begun, request } = start()
  void request('slow', 'reconciliation')
  void request('urgent', 'live-high')
  await turn()
  void request('slow', 'live-high')
  void request('urgent', 'reconciliation')
  await turn()
  expect(begun.map(({ id }) => id).toSorted()).toEqual(['slow', 'slow', 'urgent'])
})

test('reads of what is only the rest of a conversation take no place of others in their lane', async () => {
  const { begun, coalescer } = start(1)
  const wish = (id: string, reason: string) => coalescer.request({ ...wishOf(id, id, 'reconciliation'), reason })
  for (const id of ['rest', 'another rest']) void wish(id, 'history')
  await turn()
  void wish('unknown', 'found')
  await turn()
  expect(begun.map(({ id }) => id)).toEqual(['rest', 'unknown'])
})

test('a failure is told to every event of the refresh and to no other', async () => {
  const { request, at } = start()
  const failing = [request('c'), request('c')]
  await turn()
  const late = request('c')
  at(0).fail(new Error('no answer'))
  expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await turn()
  at(1).end()
  await expect(late).resolves.toBe(2)
})

test('no request is answered by a refresh that began before it, and every one is answered', async () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('ask' as const),
      id: fc.constantFrom('a', 'b', 'c'),
      lane: fc.constantFrom<Lane>('live-high', 'live-medium', 'live-low'),
    }),
    fc.record({ kind: fc.constant('end' as const), which: fc.nat(3), isFailure: fc.boolean() }),
    fc.record({ kind: fc.constant('turn' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), async (steps, concurrency) => {
      let clock = 0
      const open: { beganAt: number; id: string; lane: Lane; resolve(at: number): void; reject(error: Error): void }[] =
        []
      const coalescer = createCoalescer<number>({
        concurrency,
        refresh: ({ conversationId: id, lane }) => {
          const { promise, resolve, reject } = Promise.withResolvers<number>()
          // Beside a read of the same conversation only a more urgent one begins.
          for (const other of open)
            if (other.id === id) expect(lanes.indexOf(lane)).toBeLessThan(lanes.indexOf(other.lane))
          open.push({ beganAt: clock, id, lane, resolve, reject })
          expect(open.filter((each) => each.lane === lane).length).toBeLessThanOrEqual(concurrency)
          return promise
        },
      })
      const answers: Promise<void>[] = []
      const finish = (which: number, isFailure: boolean) => {
        const [ended] = open.splice(which % Math.max(1, open.length), 1)
        if (isFailure) ended?.reject(Object.assign(new Error('failed'), { beganAt: ended.beganAt }))
        else ended?.resolve(ended.beganAt)
      }
      for (const each of steps) {
        clock++
        if (each.kind === 'ask') {
          const askedAt = clock
          const answer = coalescer.request(wishOf(each.id, `e${clock}`, each.lane))
          answers.push(
            answer.catch((error) => error.beganAt).then((beganAt) => expect(beganAt).toBeGreaterThanOrEqual(askedAt)),
          )
        } else if (each.kind === 'end') finish(each.which, each.isFailure)
        else await turn()
      }
      await turn()
      while (open.length > 0) {
        clock++
        finish(0, false)
        await turn()
      }
      await Promise.all(answers)
      expect(coalescer.waiting()).toBe(0)
    }),
  )
})

test('a refresh runs in the context of the event that asked first, not of the conversation that made room for it', async () => {
  const asking = new AsyncLocalStorage<string>()
  const seen: (string | undefined)[] = []
  const coalescer = createCoalescer<void>({
    concurrency: 1,
    refresh: async () => {
      await turn()
      seen.push(asking.getStore())
    },
  })
  const request = (asker: string, conversationId: string) =>
    asking.run(asker, () => coalescer.request(wishOf(conversationId, asker)))
  await Promise.all([
    request('first', 'one'),
    request('second', 'two'),
    request('third', 'two'),
    request('fourth', 'three'),
  ])
  expect(seen).toEqual(['first', 'second', 'fourth'])
})

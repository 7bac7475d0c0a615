import { waitFor } from '@millrace/test-support'
import { afterEach, expect, test } from 'vitest'
import type { Lane } from '../../src/budget/lanes.ts'
import { createTurns, type Turns } from '../../src/budget/turns.ts'
import type { BudgetStore, GrantedCall } from '../../src/budget/types.ts'
import { FrontError, waitOf } from '../../src/errors.ts'

/** A budget of as many calls as the test gives; `busy` resources have none. */
function givingStore() {
  const store = {
    left: 0,
    busy: new Set<string>(),
    given: [] as string[],
    returned: [] as GrantedCall[],
    asked: 0,
  }
  const budget: BudgetStore = {
    async ask(requests) {
      store.asked++
      const verdicts = requests.map(({ lane, resource }) => {
        if (store.busy.has(resource)) return { decision: 'resource' as const, waitMs: 5 }
        if (store.left === 0) return { decision: 'spent' as const, waitMs: 5 }
        store.left--
        store.given.push(`${lane} ${resource}`)
        return { decision: 'plan' as const, waitMs: 0 }
      })
      return { view: { limit: 100, used: 0, burst: 0, blockedMs: 0 }, verdicts }
    },
    done: () => {},
    giveBack: (call) => void store.returned.push(call),
  }
  return { store, budget }
}

let turns: Turns | undefined
afterEach(() => turns?.close())

function start(maxWaiting?: number) {
  const { store, budget } = givingStore()
  const made = createTurns({
    store: budget,
    name: 'account north/acme',
    ...(maxWaiting === undefined ? {} : { maxWaiting }),
  })
  turns = made
  const take = (lane: Lane, resource: string, options: { signal?: AbortSignal; maxWaitMs?: number } = {}) =>
    made.take({ lane, resource, maxWaitMs: 20_000, ...options })
  return { store, made, take }
}

async function codeOf(promise: Promise<unknown>): Promise<string | null> {
  const error = await promise.catch((raised: unknown) => raised)
  return error instanceof FrontError ? error.code : null
}

test('who waits is served by lane, and within a lane by age', async () => {
  const { store, take } = start()
  const all = [
    take('poll', 'a'),
    take('live-low', 'b'),
    take('live-high', 'c'),
    take('live-low', 'd'),
    take('live-high', 'e'),
  ]
  await waitFor(() => store.asked > 1, { what: 'a refusal' })
  for (let call = 1; call <= all.length; call++) {
    store.left = 1
    await waitFor(() => store.given.length === call, { what: `call ${call}` })
  }
  await Promise.all(all)
  expect(store.given).toEqual(['live-high c', 'live-high e', 'live-low b', 'live-low d', 'poll a'])
})

test('calls that wait for their resource hold up none of another', async () => {
  const { store, take } = start()
  store.busy.add('cnv_busy')
  store.left = 1
  const busy = Array.from({ length: 50 }, () => codeOf(take('live-high', 'cnv_busy')))
  await take('live-high', 'cnv_free')
  expect(store.given).toEqual(['live-high cnv_free'])
  turns?.close()
  expect(new Set(await Promise.all(busy))).toEqual(new Set(['MR_FRONT_BUDGET_SPENT']))
})

test('whoever waits as long as it may is told so, with when to ask again', async () => {
  const { take } = start()
  const error = await take('poll', 'a', { maxWaitMs: 60 }).catch((raised: unknown) => raised)
  expect(error).toMatchObject({ code: 'MR_FRONT_BUDGET_SPENT', retryable: true })
  expect(waitOf(error)).toBeGreaterThan(0)
})

test('a wait of nothing takes what is there, and is refused where nothing is', async () => {
  const { store, take } = start()
  expect(await codeOf(take('live-high', 'a', { maxWaitMs: 0 }))).toBe('MR_FRONT_BUDGET_SPENT')
  store.left = 1
  expect(await take('live-high', 'a', { maxWaitMs: 0 })).toHaveProperty('done')
})

test('an aborted wait ends with the reason, and a grant that comes too late for it is given back', async () => {
  const { store, take } = start()
  const stop = new AbortController()
  store.left = 1
  const waiting = take('live-high', 'a', { signal: stop.signal })
  stop.abort(new Error('shutdown'))
  await expect(waiting).rejects.toThrow('shutdown')
  await waitFor(() => store.returned.length === 1, { what: 'the grant to come back' })
})

test('no more wait than may: the next one is refused at once', async () => {
  const { take } = start(3)
  const waiting = [take('poll', 'a'), take('poll', 'b'), take('poll', 'c')].map(codeOf)
  expect(await codeOf(take('live-high', 'd'))).toBe('MR_FRONT_BUDGET_FULL')
  turns?.close()
  await Promise.all(waiting)
})

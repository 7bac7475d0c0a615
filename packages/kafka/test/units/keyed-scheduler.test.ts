import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createKeyedScheduler, type KeyedScheduler, type Task } from '../../src/keyed-scheduler.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

interface Plan {
  readonly key: string
  /** How long each run takes, milliseconds; every run but the last asks for another try. */
  readonly runs: readonly number[]
  readonly notBefore: number
  readonly isDropped: boolean
}

interface Seen {
  readonly running: Map<string, number>
  readonly done: Plan[]
  mostAtOnce: number
  isEverDoubled: boolean
  isEverEarly: boolean
}

function taskOf(plan: Plan, seen: Seen): Task {
  let run = 0
  const task: Task = {
    key: plan.key,
    notBefore: Date.now() + plan.notBefore,
    async run() {
      if (Date.now() < task.notBefore) seen.isEverEarly = true
      const others = seen.running.get(plan.key) ?? 0
      if (others > 0) seen.isEverDoubled = true
      seen.running.set(plan.key, others + 1)
      seen.mostAtOnce = Math.max(seen.mostAtOnce, total(seen))
      await new Promise((resolve) => setTimeout(resolve, plan.runs[run]))
      seen.running.set(plan.key, (seen.running.get(plan.key) ?? 0) - 1)
      run++
      if (run < plan.runs.length) return Date.now() + 10
      seen.done.push(plan)
      return undefined
    },
  }
  return task
}

const total = ({ running }: Seen) => [...running.values()].reduce((sum, each) => sum + each, 0)
const fresh = (): Seen => ({ running: new Map(), done: [], mostAtOnce: 0, isEverDoubled: false, isEverEarly: false })

const plans = fc.array(
  fc.record<Plan>({
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    runs: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 3 }),
    notBefore: fc.constantFrom(0, 0, 0, 15),
    isDropped: fc.boolean(),
  }),
  { maxLength: 40 },
)

test('one task of a key at a time, in order, never early, never more at once than allowed, and all of them end', async () => {
  await fc.assert(
    fc.asyncProperty(plans, fc.integer({ min: 1, max: 4 }), async (all, concurrency) => {
      const scheduler = createKeyedScheduler(concurrency)
      const seen = fresh()
      for (const plan of all) scheduler.add(taskOf(plan, seen))
      await vi.runAllTimersAsync()
      expect(seen).toMatchObject({ isEverDoubled: false, isEverEarly: false })
      expect(seen.mostAtOnce).toBeLessThanOrEqual(concurrency)
      expect(seen.done).toHaveLength(all.length)
      for (const key of ['a', 'b', 'c', 'd']) {
        const own = (list: readonly Plan[]) => list.filter((plan) => plan.key === key)
        expect(own(seen.done)).toEqual(own(all))
      }
      expect(scheduler.running()).toBe(0)
    }),
  )
})

test('what is dropped before it began never runs; the rest of its key goes on in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      plans,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 60 }),
      async (all, concurrency, at) => {
        const scheduler = createKeyedScheduler(concurrency)
        const seen = fresh()
        const tasks = all.map((plan) => ({ plan, task: taskOf(plan, seen) }))
        for (const { task } of tasks) scheduler.add(task)
        await vi.advanceTimersByTimeAsync(at)
        const dropped = dropMarked(scheduler, tasks)
        await vi.runAllTimersAsync()
        expect(seen).toMatchObject({ isEverDoubled: false, isEverEarly: false })
        const expected = all.filter((plan) => !dropped.has(plan))
        for (const key of ['a', 'b', 'c', 'd']) {
          const own = (list: readonly Plan[]) => list.filter((plan) => plan.key === key)
          expect(own(seen.done)).toEqual(own(expected))
        }
      },
    ),
  )
})

function dropMarked(scheduler: KeyedScheduler, tasks: readonly { plan: Plan; task: Task }[]): Set<Plan> {
  const dropped = new Set<Plan>()
  const planOf = new Map(tasks.map(({ plan, task }) => [task, plan]))
  scheduler.drop((task) => {
    const plan = planOf.get(task)
    if (plan?.isDropped) dropped.add(plan)
    return plan?.isDropped === true
  })
  return dropped
}

test('a task that throws is over, and its key goes on', async () => {
  const scheduler = createKeyedScheduler(1)
  const seen: string[] = []
  scheduler.add({ key: 'k', notBefore: 0, run: () => Promise.reject(new Error('a bug')) })
  scheduler.add({
    key: 'k',
    notBefore: 0,
    run: async () => {
      seen.push('second')
      return undefined
    },
  })
  await vi.runAllTimersAsync()
  expect(seen).toEqual(['second'])
})

test('a wait longer than a timer can hold is kept', async () => {
  const scheduler = createKeyedScheduler(1)
  const due = Date.now() + 40 * 86_400_000
  let ranAt = 0
  scheduler.add({
    key: 'k',
    notBefore: due,
    run: async () => {
      ranAt = Date.now()
      return undefined
    },
  })
  await vi.runAllTimersAsync()
  expect(ranAt).toBe(due)
})

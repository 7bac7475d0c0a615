import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createOffsetTracker, type OffsetTracker } from '../../src/offset-tracker.ts'

/** The plain way to say it: all that was received, all that is done, and where reading goes on. */
interface Model {
  readonly unfinished: Set<bigint>
  next: bigint | undefined
}

type Step = fc.Command<Model, OffsetTracker>

function expectSame({ unfinished, next }: Model, tracker: OffsetTracker): void {
  const lowest = [...unfinished].toSorted((a, b) => (a < b ? -1 : 1))[0]
  expect(tracker.committable()).toBe(lowest ?? next)
  expect(tracker.position()).toBe(next)
  expect(tracker.unfinished()).toBe(unfinished.size)
  expect(tracker.oldestSince() === undefined).toBe(unfinished.size === 0)
}

const step = (what: string, change: (model: Model, tracker: OffsetTracker) => void): Step => ({
  check: () => true,
  run: (model, tracker) => {
    change(model, tracker)
    expectSame(model, tracker)
  },
  toString: () => what,
})

const offsets = fc.bigInt({ min: 0n, max: 40n })
const add = offsets.map((offset) =>
  step(`add ${offset}`, (model, tracker) => {
    const isNew = model.next === undefined || offset >= model.next
    expect(tracker.add(offset)).toBe(isNew)
    if (!isNew) return
    model.unfinished.add(offset)
    model.next = offset + 1n
  }),
)
const finish = offsets.map((offset) =>
  step(`finish ${offset}`, (model, tracker) => {
    tracker.finish(offset)
    model.unfinished.delete(offset)
  }),
)
const pass = offsets.map((next) =>
  step(`pass ${next}`, (model, tracker) => {
    tracker.pass(next)
    if (model.next === undefined || next > model.next) model.next = next
  }),
)

test('whatever arrives, ends and is passed over: what may be committed is the lowest unfinished offset, else the next one', () => {
  fc.assert(
    fc.property(fc.commands([add, finish, pass], { maxCommands: 200 }), (steps) => {
      fc.modelRun(
        () => ({ model: { unfinished: new Set<bigint>(), next: undefined }, real: createOffsetTracker() }),
        steps,
      )
    }),
  )
})

test('what may be committed never goes back', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(offsets, fc.boolean())), (changes) => {
      const tracker = createOffsetTracker()
      let last = -1n
      for (const [offset, isNew] of changes) {
        if (isNew) tracker.add(offset)
        else tracker.finish(offset)
        const next = tracker.committable() ?? -1n
        expect(next >= last).toBe(true)
        last = next
      }
    }),
  )
})

test('the age is that of the lowest unfinished offset', () => {
  let now = 1_000
  const tracker = createOffsetTracker(() => now)
  tracker.add(1n)
  now = 2_000
  tracker.add(5n)
  expect(tracker.oldestSince()).toBe(1_000)
  tracker.finish(1n)
  expect(tracker.oldestSince()).toBe(2_000)
})

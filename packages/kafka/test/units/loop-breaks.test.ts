import { expect, test } from 'vitest'
import { createLoopBreaks } from '../../src/loop-breaks.ts'

function hold(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

/** Turns of the event loop while the work was under way. */
async function turnsDuring(work: () => Promise<void>): Promise<number> {
  let turns = 0
  let isOver = false
  const turn = () => {
    turns++
    if (!isOver) setImmediate(turn)
  }
  setImmediate(turn)
  await work()
  isOver = true
  return turns
}

test('work of 30 ms a record lets the event loop go on between records', async () => {
  const turns = await turnsDuring(async () => {
    const loopBreak = createLoopBreaks()
    for (let nth = 0; nth < 10; nth++) {
      await loopBreak()
      hold(30)
    }
  })
  expect(turns).toBeGreaterThanOrEqual(9)
})

test('short work is not held up', async () => {
  const turns = await turnsDuring(async () => {
    const loopBreak = createLoopBreaks()
    for (let nth = 0; nth < 1_000; nth++) await loopBreak()
  })
  expect(turns).toBe(0)
})

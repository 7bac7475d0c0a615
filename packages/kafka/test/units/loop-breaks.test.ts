import { turnsDuring } from '@millrace/test-support'
import { expect, test } from 'vitest'
import { createLoopBreaks } from '../../src/loop-breaks.ts'

function hold(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

test('work of 30 ms a record lets the event loop go on between records', async () => {
  const { turns } = await turnsDuring(async () => {
    const loopBreak = createLoopBreaks()
    for (let nth = 0; nth < 10; nth++) {
      await loopBreak()
      hold(30)
    }
  })
  expect(turns).toBeGreaterThanOrEqual(9)
})

test('short work is not held up', async () => {
  const { turns } = await turnsDuring(async () => {
    const loopBreak = createLoopBreaks()
    for (let nth = 0; nth < 1_000; nth++) await loopBreak()
  })
  expect(turns).toBe(0)
})

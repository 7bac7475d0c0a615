import { expect, test } from 'vitest'
import { createChecks } from '../src/checks.ts'
import { keepTrying } from '../src/keep-trying.ts'
import { recordingLog } from './recording-log.ts'

function start<T>(action: () => Promise<T>) {
  const checks = createChecks()
  const controller = new AbortController()
  const { logger, entries } = recordingLog()
  const result = keepTrying({ name: 'it', action, log: logger, signal: controller.signal, checks, firstWaitMs: 1 })
  return { checks, controller, entries, result }
}

test('an action is repeated until it works, and its result given', async () => {
  let tries = 0
  const { result, checks } = start(async () => {
    tries += 1
    if (tries < 3) throw new Error('not yet')
    return tries
  })
  expect(await result).toBe(3)
  expect((await checks.ready()).ok).toBe(true)
})

test('until then the service is not ready, with the reason', async () => {
  const gate = Promise.withResolvers<void>()
  let tries = 0
  const { result, checks } = start(async () => {
    tries += 1
    if (tries === 1) throw new Error('no route')
    await gate.promise
  })
  await expect.poll(() => tries, { timeout: 60_000 }).toBe(2)
  expect(await checks.ready()).toMatchObject({ ok: false, checks: { it: { reason: 'no route' } } })
  gate.resolve()
  await result
})

test('shutdown ends it', async () => {
  const { result, controller } = start(() => Promise.reject(new Error('never')))
  controller.abort(new Error('stopping'))
  await expect(result).rejects.toThrow(/stopping|aborted/)
})

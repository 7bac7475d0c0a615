import { expect, test } from 'vitest'
import { closeOrder, createClosers } from '../src/closers.ts'
import { createShutdown } from '../src/shutdown.ts'
import { recordingLog } from './recording-log.ts'

const never = () => new Promise<void>(() => {})

function start(deadlineMs = 60_000) {
  const clock = { now: 0 }
  const steps: string[] = []
  const { logger, entries } = recordingLog()
  const closers = createClosers(logger)
  const controller = new AbortController()
  controller.signal.addEventListener('abort', () => steps.push('signal'))
  const exited = Promise.withResolvers<number>()
  const last = [async () => void steps.push('telemetry')]
  const shutdown = createShutdown({
    log: logger,
    deadlineMs,
    closers,
    controller,
    last,
    exit: exited.resolve,
    now: () => clock.now,
  })
  const step = (name: string) => async () => {
    await Promise.resolve()
    steps.push(name)
  }
  return { steps, step, entries, closers, shutdown, clock, exited: exited.promise }
}

test('a shutdown goes signal, intake, work, clients, telemetry, whatever the order of registration', async () => {
  const { steps, step, closers, shutdown, exited } = start()
  closers.add('clients', step('clients'), closeOrder.clients)
  closers.add('work', step('work'))
  closers.add('intake', step('intake'), closeOrder.intake)
  shutdown.stop('test')
  expect(await exited).toBe(0)
  expect(steps).toEqual(['signal', 'intake', 'work', 'clients', 'telemetry'])
})

test('parts of one order close at the same time', async () => {
  const { closers, shutdown, exited } = start()
  const first = Promise.withResolvers<void>()
  closers.add('waits', () => first.promise)
  closers.add('frees', () => first.resolve())
  shutdown.stop('test')
  expect(await exited).toBe(0)
})

test('a part that fails does not keep the others open, and the exit code tells', async () => {
  const { steps, step, closers, shutdown, exited, entries } = start()
  closers.add('bad', () => {
    throw new Error('boom')
  })
  closers.add('clients', step('clients'), closeOrder.clients)
  shutdown.stop('test')
  expect(await exited).toBe(1)
  expect(steps).toContain('clients')
  expect(entries()).toContainEqual(expect.objectContaining({ message: 'closing failed', part: 'bad' }))
})

test('a part opened while closing is closed too', async () => {
  const { steps, step, closers, shutdown, exited } = start()
  closers.add('work', () => closers.add('late', step('late'), closeOrder.clients))
  shutdown.stop('test')
  await exited
  expect(steps).toEqual(['signal', 'late', 'telemetry'])
})

test('at the deadline it ends with 1 and names what hangs', async () => {
  const { steps, closers, shutdown, exited, entries } = start(20)
  closers.add('hangs', never)
  closers.add('clients', never, closeOrder.clients)
  shutdown.stop('test')
  expect(await exited).toBe(1)
  expect(entries().at(-1)).toMatchObject({ level: 'fatal', unfinished: ['hangs', 'clients'] })
  expect(steps).toContain('telemetry')
})

test('parts are told how much of the deadline is left', async () => {
  const { closers, shutdown, exited } = start(5_000)
  let left = 0
  closers.add('work', (deadlineMs) => {
    left = deadlineMs
  })
  shutdown.stop('test')
  await exited
  expect(left).toBeGreaterThan(4_000)
  expect(left).toBeLessThanOrEqual(5_000)
})

test('a second signal ends it at once with 1', async () => {
  const { closers, shutdown, clock, exited } = start()
  closers.add('hangs', never)
  shutdown.stop('SIGTERM')
  clock.now = 1_000
  shutdown.stop('SIGTERM')
  expect(await exited).toBe(1)
})

test('a signal that the launcher passes on is not a second one', async () => {
  const { closers, shutdown, clock, exited } = start()
  const worker = Promise.withResolvers<void>()
  closers.add('worker', () => worker.promise)
  shutdown.stop('SIGINT')
  clock.now = 999
  shutdown.stop('SIGTERM')
  worker.resolve()
  expect(await exited).toBe(0)
})

test('closing twice closes once', async () => {
  const { logger } = recordingLog()
  const closers = createClosers(logger)
  let count = 0
  closers.add('part', () => {
    count += 1
  })
  expect(await Promise.all([closers.closeAll(100), closers.closeAll(100)])).toEqual([true, true])
  expect(count).toBe(1)
})

import type { ConsumerHealth, Running } from '@millrace/kafka'
import { expect, test } from 'vitest'
import { createChecks } from '../src/checks.ts'
import { closeOrder, createClosers } from '../src/closers.ts'
import { startTelemetry } from '../src/telemetry.ts'
import { watchRunning } from '../src/watch-running.ts'
import { recordingLog } from './recording-log.ts'

function running(health: Partial<ConsumerHealth>, close: Running['close'] = async () => {}): Running {
  return {
    joined: Promise.resolve(),
    caughtUp: async () => {},
    health: () => ({ isLive: true, isReady: true, inFlight: 0, oldestMs: 0, detail: 'fine', ...health }),
    close,
  }
}

const telemetry = await startTelemetry({ service: 'test', version: '0' })

function parts() {
  return { meter: telemetry.meter, checks: createChecks(), closers: createClosers(recordingLog().logger) }
}

test('a consumer that is not live or not ready makes the service so, with its reason', async () => {
  const kit = parts()
  watchRunning(kit, running({ isLive: false, isReady: false, detail: 'crashed' }), 'consumer')
  expect(await kit.checks.live()).toEqual({ ok: false, checks: { consumer: { ok: false, reason: 'crashed' } } })
  expect(await kit.checks.ready()).toMatchObject({ ok: false })
})

test('a consumer is closed before the clients it uses, within the deadline', async () => {
  const kit = parts()
  const steps: unknown[] = []
  kit.closers.add('kafka', () => steps.push('kafka'), closeOrder.clients)
  watchRunning(
    kit,
    running({}, async (deadlineMs = 0) => void steps.push(deadlineMs > 0 && deadlineMs <= 500)),
    'consumer',
  )
  await kit.closers.closeAll(500)
  expect(steps).toEqual([true, 'kafka'])
})

test('each of several consumers has its gauges', async () => {
  const kit = parts()
  watchRunning(kit, running({ inFlight: 3, oldestMs: 1_500 }), 'fold')
  watchRunning(kit, running({ inFlight: 4, oldestMs: 0 }), 'extract')
  const metrics = await telemetry.scrape()
  expect(metrics).toContain('millrace_consumer_in_flight{consumer="fold"} 3')
  expect(metrics).toContain('millrace_consumer_in_flight{consumer="extract"} 4')
  expect(metrics).toContain('millrace_consumer_oldest{consumer="fold"} 1.5')
})

import { expect, test } from 'vitest'
import { timeClassOf, timeReporter } from '../src/report-time.ts'
import { deliveryOf } from './support/values.ts'

function reported() {
  const measured: { seconds: number; labels: object }[] = []
  const createHistogram = () => ({
    record: (seconds: number, labels: object) => void measured.push({ seconds, labels }),
  })
  const meter = { createHistogram } as unknown as Parameters<typeof timeReporter>[0]
  return { measured, reportEnd: timeReporter(meter, () => 11_000) }
}

test('a delivery that its endpoint took at the first try counts as ours, with its time since the request', () => {
  const { measured, reportEnd } = reported()
  reportEnd(deliveryOf({ requested_at: 1_000 }), { outcome: 'delivered', kind: 'general', errorCode: null })
  expect(measured).toEqual([{ seconds: 10, labels: { class: 'healthy', kind: 'general', outcome: 'delivered' } }])
})

test('a replay is not told', () => {
  const { measured, reportEnd } = reported()
  reportEnd(deliveryOf({ run_id: 'run_1' }), { outcome: 'delivered', kind: 'general', errorCode: null })
  expect(measured).toEqual([])
})

test.each([
  ['healthy', 'a wait for a fault of ours uses up no try', { waiting_for: 'retry' }, null],
  ['healthy', 'a secret that we cannot read is no fault of its', {}, 'MR_DELIVERY_SECRET_UNREADABLE'],
  ['limited', 'it waited for its limit', { waiting_for: 'throttled' }, null],
  ['limited', 'it waited for its order', { waiting_for: 'order' }, null],
  ['limited', 'it answered 429', {}, 'MR_DELIVERY_THROTTLED'],
  ['failing', 'an earlier try failed', { attempts: 1 }, null],
  ['failing', 'its breaker was open', { waiting_for: 'breaker' }, null],
  ['failing', 'it has been disabled', {}, 'MR_DELIVERY_ENDPOINT_DISABLED'],
  ['failing', 'its answer was no success', {}, 'MR_DELIVERY_STATUS'],
] as const)('%s: %s', (expected, _, changes, errorCode) => {
  expect(timeClassOf(deliveryOf(changes), errorCode)).toBe(expected)
})

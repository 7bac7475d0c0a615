import { attemptValue, deliveryValue } from '@millrace/test-support'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DeliveryRow, foldDelivery } from '../../src/ledger/fold-delivery.ts'
import type { DeliveryFact } from '../../src/ledger/rows.ts'

const key = { tenant: 'default', delivery_id: 'msg_1', run_id: '' }

function fold(...facts: readonly DeliveryFact[]): DeliveryRow {
  const row = facts.reduce<DeliveryRow | undefined>((known, fact) => foldDelivery(known, key, fact), undefined)
  if (row === undefined) throw new Error('at least one fact')
  return row
}

const line = (at: number, fields: Parameters<typeof deliveryValue>[0] = {}): DeliveryFact => ({
  kind: 'line',
  at,
  delivery: deliveryValue({ requested_at: 10, ...fields }),
})
const dead = (at: number): DeliveryFact => ({ kind: 'dead', at, delivery: deliveryValue({ requested_at: 10 }) })
const tried = (at: number, fields: Parameters<typeof attemptValue>[0] = {}): DeliveryFact => ({
  kind: 'try',
  at,
  attempt: attemptValue({ started_at: at - 5, duration_ms: 5, ...fields }),
})

const requested = line(10)
const failedTry = tried(20, { outcome: 'retrying', status_code: 500, error_code: 'MR_DELIVERY_SERVER_ERROR' })
const retry = line(21, { attempts: 1, due_at: 4_000, waiting_for: 'retry' })
const lastTry = tried(30, { attempt: 2, outcome: 'failed', plan: 'retry', error_code: 'MR_DELIVERY_SERVER_ERROR' })
const died = dead(31)
const redriven = line(50, { first_requested_at: 10, requested_at: 50 })
const success = tried(60)

test('a delivery is requested, then waits for its next try with its reason', () => {
  expect(fold(requested)).toMatchObject({ state: 'requested', attempts: 0, requested_at: 10, ended_at: null })
  expect(fold(requested, failedTry, retry)).toMatchObject({
    ...{ state: 'waiting', waiting_for: 'retry', due_at: 4_000, attempts: 1, ended_at: null },
    ...{ last_status_code: 500, last_error_code: 'MR_DELIVERY_SERVER_ERROR' },
  })
})

test('a delivery that succeeded has ended when its answer was there', () => {
  expect(fold(requested, tried(20))).toMatchObject({ state: 'succeeded', ended_at: 20, attempts: 1, waiting_for: '' })
})

test('one that was given up is dead, one that nobody wants any more cancelled', () => {
  expect(fold(requested, failedTry, retry, lastTry, died)).toMatchObject({ state: 'dead', ended_at: 31, attempts: 2 })
  expect(fold(requested, tried(20, { outcome: 'failed', plan: 'drop' }))).toMatchObject({ state: 'cancelled' })
})

test('a dead one that was put back is requested again, and keeps when it was requested first', () => {
  const row = fold(requested, lastTry, died, redriven)
  expect(row).toMatchObject({ state: 'requested', requested_at: 10, redriven_at: 50, ended_at: null, attempts: 0 })
  expect(fold(requested, lastTry, died, redriven, success)).toMatchObject({ state: 'succeeded', attempts: 1 })
})

test('a try whose request is no longer in its topic still makes a delivery', () => {
  expect(fold(tried(20))).toMatchObject({ state: 'succeeded', endpoint_id: 'ep_1', requested_at: 15 })
})

test('in whatever order its topics are read, and however often, the delivery is the same in the end', () => {
  const story = [requested, failedTry, retry, lastTry, died, redriven, success]
  const lengths = fc.integer({ min: 1, max: story.length })
  const orders = lengths.chain((length) =>
    fc.tuple(
      fc.constant(length),
      fc.shuffledSubarray([...story.slice(0, length), ...story.slice(0, length)], { minLength: 2 * length }),
    ),
  )
  fc.assert(
    fc.property(orders, ([length, facts]) => {
      expect(fold(...facts)).toEqual(fold(...story.slice(0, length)))
    }),
  )
})

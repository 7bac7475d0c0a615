import type { Log } from '@millrace/kafka'
import type { Attempt } from '@millrace/schemas'
import { expect, test } from 'vitest'
import { attemptOf } from '../src/attempt-record.ts'
import { attemptReporter } from '../src/report-attempts.ts'
import { notPosted, type Tried } from '../src/tried.ts'
import { deliveryOf } from './support/values.ts'

const tried: Tried = {
  ...notPosted('MR_DELIVERY_TIMEOUT'),
  startedAt: 5_000,
  endedAt: 5_250,
  statusCode: 200,
  phase: 'body',
  wasSent: true,
  address: '93.184.215.14',
  connectMs: 12.3456,
  tlsMs: 30,
  firstByteMs: 100,
  bytesSent: 7,
  bytesReceived: 3,
  answer: Buffer.from('private'),
  origin: 'https://hooks.customer.net',
}

function reported(attempt: Attempt) {
  const measured: { name: string; value: number; labels: object }[] = []
  const instrument = (name: string) => {
    const note = (value: number, labels: object) => void measured.push({ name, value, labels })
    return { add: note, record: note }
  }
  const lines: object[] = []
  const log = { info: (line: object) => void lines.push(line) } as unknown as Log
  const meter = { createCounter: instrument, createHistogram: instrument } as unknown as Parameters<
    typeof attemptReporter
  >[0]
  attemptReporter(meter, log)(attempt, tried.origin)
  return { measured, lines }
}

test('the record of a try has its class, its plan, how far it came, its steps and bytes', () => {
  const attempt = attemptOf(deliveryOf({ attempts: 1 }), tried, { outcome: 'retrying', nextAttemptAt: 9_000 })
  expect(attempt).toMatchObject({
    attempt: 2,
    run_id: '',
    started_at: 5_000,
    duration_ms: 250,
    status_code: 200,
    outcome: 'retrying',
    error_code: 'MR_DELIVERY_TIMEOUT',
    plan: 'retry',
    next_attempt_at: 9_000,
    phase: 'body',
    dns_us: null,
    connect_us: 12_346,
    tls_us: 30_000,
    first_byte_us: 100_000,
    bytes_sent: 7,
    bytes_received: 3,
    answer: Buffer.from('private'),
  })
})

test('a try is one log line without what was answered, and no label names an endpoint, a tenant or an address', () => {
  const { lines, measured } = reported(attemptOf(deliveryOf(), tried, { outcome: 'retrying', nextAttemptAt: 9_000 }))
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatchObject({ delivery_id: 'msg_1', origin: 'https://hooks.customer.net', plan: 'retry' })
  expect(JSON.stringify(lines)).not.toContain('private')
  expect(lines[0]).not.toHaveProperty('answer')
  const labels = new Set(measured.flatMap(({ labels }) => Object.keys(labels)))
  expect([...labels].sort()).toEqual(['direction', 'error_code', 'outcome', 'reused', 'status', 'step'])
  expect(measured.filter(({ name }) => name.endsWith('.step')).map(({ value }) => value)).toEqual([0.012346, 0.03, 0.1])
})

test('answers are counted by their status, and what is no registered one has no label of its own', () => {
  const statusOf = (statusCode: number | null) => {
    const { measured } = reported(
      attemptOf(deliveryOf(), { ...tried, statusCode }, { outcome: 'retrying', nextAttemptAt: 9_000 }),
    )
    return measured.filter(({ name }) => name.endsWith('.answers')).map(({ labels }) => labels)
  }
  expect(statusOf(503)).toEqual([{ status: '503' }])
  expect(statusOf(799)).toEqual([{ status: 'other' }])
  expect(statusOf(null)).toEqual([])
})

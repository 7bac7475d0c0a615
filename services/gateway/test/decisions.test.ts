import { readBatch, replyKeyOfEvent } from '@millrace/domain'
import { KafkaError } from '@millrace/kafka'
import { genericHmac } from '@millrace/signing'
import { expect, test } from 'vitest'
import { toAnswer } from '../src/answer-caller.ts'
import { chosenHeaders } from '../src/chosen-headers.ts'
import { GatewayError, gatewayErrors } from '../src/errors.ts'
import { refusalOf } from '../src/problems.ts'
import { type ReceivedRecord, receivedRecords } from '../src/received-webhooks.ts'
import { tellRisks } from '../src/tell-risks.ts'
import { frontSource, makeSource } from './support/installation.ts'

const one = { webhookId: '019cb8b1-7400-7000-8000-000000000001', receivedAt: 1_772_366_400_000, scheme: 'app' }

function recordsOf(text: string, source = frontSource, headers: Record<string, string> = {}): ReceivedRecord[] {
  return receivedRecords({ ...one, source, headers, batch: readBatch(Buffer.from(text)), replyTo: null })
}

test('duplicates share a key, so that one owner judges them', () => {
  const text = '{"client_id":"c-1","task":{"id":"t"}}'
  const [first] = recordsOf(text, makeSource)
  const [second] = recordsOf(text, makeSource)
  expect(first?.key).toBe('default/c-1')
  expect(second?.key).toBe(first?.key)
  expect(recordsOf('{"some":"thing"}')[0]?.key).toBe(recordsOf('{"some":"thing"}')[0]?.key)
})

test('the key of an answer is the one that a reader of the event knows', () => {
  const [record] = recordsOf('{"client_id":"c-1"}', makeSource, { 'idempotency-key': 'run/1' })
  const event = {
    tenant: 'default',
    account: 'default',
    provider: 'make',
    identity: 'idempotency-key',
    event_id: 'run/1',
  } as const
  expect(record?.replyKey).toBe(replyKeyOfEvent(event))
})

test('an empty array is a request without events', () => {
  expect(recordsOf('[]')).toEqual([])
})

test('whatever a source names as its id, proofs and credentials stay out of the record', () => {
  const headers = { 'x-id': '1', 'x-sig': '2', authorization: '3', 'x-make-apikey': '4', 'idempotency-key': '5' }
  const schemes = [genericHmac({ header: 'x-sig' })]
  const chosen = (eventIdField: string) => chosenHeaders(headers, { schemes, eventIdField })
  expect(chosen('header:x-id')).toEqual({ 'x-id': '1', 'idempotency-key': '5' })
  for (const name of ['x-sig', 'authorization', 'x-make-apikey']) {
    expect(chosen(`header:${name}`)).toEqual({ 'idempotency-key': '5' })
  }
})

test('the header that says what a provider’s events are is kept, and names the type of the record', () => {
  const github = { ...frontSource, provider: 'github', schemes: [], eventTypeField: 'header:x-github-event' }
  const headers = chosenHeaders({ 'x-github-event': 'push', 'x-other': '1' }, github)
  expect(headers).toEqual({ 'x-github-event': 'push' })
  expect(recordsOf('{"ref":"refs/heads/main"}', github, headers)[0]?.headers.ce_type).toBe('github.push')
})

test('an error that is not made for callers tells them nothing', () => {
  const refusal = refusalOf(new Error('password=canary'), 'id')
  expect(refusal.isBug).toBe(true)
  expect(refusal.problem).toMatchObject({ status: 500, rule: 'internal', webhook_id: 'id' })
  expect(JSON.stringify(refusal)).not.toContain('canary')
})

test('what the broker says stays in the log', () => {
  const refusal = refusalOf(new KafkaError('MR_KAFKA_UNAVAILABLE', 'broker canary-host:9092'))
  expect(refusal.problem).toMatchObject({ status: 503, rule: 'kafka-unavailable' })
  expect(refusal.headers['retry-after']).toBe('5')
  expect(JSON.stringify(refusal)).not.toContain('canary')
  expect(refusalOf(new KafkaError('MR_KAFKA_TOO_LARGE', 'x')).problem.status).toBe(413)
})

test('each code is answered with its own status and rule', () => {
  for (const code of Object.keys(gatewayErrors) as (keyof typeof gatewayErrors)[]) {
    const { statusCode, rule } = gatewayErrors[code]
    expect(refusalOf(new GatewayError(code)).problem).toMatchObject({ status: statusCode, rule, code })
  }
})

test('a stored failure is a refusal for its caller, of the request that failed', () => {
  const stored = (answer: object) => () => toAnswer(Buffer.from(JSON.stringify(answer)))
  expect(stored({ status: 'processed' })().statusCode).toBe(200)
  const unreadable = { status: 'failed', webhook_id: 'w1', error: { status_code: 422 } }
  expect(stored(unreadable)).toThrow(expect.objectContaining({ statusCode: 422, webhookId: 'w1' }))
  for (const status_code of [500, 200, undefined]) {
    expect(stored({ status: 'failed', error: { status_code } })).toThrow(expect.objectContaining({ statusCode: 500 }))
  }
})

test('a gateway that takes anything says so at every start', () => {
  const lines: string[] = []
  const log = { warn: (_: object, message?: string) => void lines.push(message ?? '') }
  tellRisks([frontSource], false, log)
  tellRisks([{ ...frontSource, secrets: [] }], true, log)
  tellRisks([frontSource], true, log)
  expect(lines).toEqual([expect.stringContaining('NOT REQUIRED'), expect.stringContaining('no secret')])
})

import { topics } from '@millrace/schemas'
import { FRONT_PATH, fixture, MAKE_PATH, signFront, signMake } from '@millrace/test-support'
import { describe, expect, test } from 'vitest'
import type { TestSystem, UseSystem } from '../support/test-system.ts'

const HOUR = 3_600_000
const sample = fixture('front/app-webhook.inbound_received.json')
const task = fixture('make/get_client_knowledge_graph.request.json')
const brokenJson = sample.subarray(0, sample.length - 2)
const tooLarge = Buffer.from(JSON.stringify({ type: 'inbound_received', padding: 'x'.repeat(2 * 1_048_576) }))

interface Case {
  readonly what: string
  readonly status: number
  readonly rule: string
  request(system: TestSystem): { path: string; headers: Record<string, string>; body: Buffer }
}

const json = { 'content-type': 'application/json' }
const front = (headers: Record<string, string>, body: Buffer) => ({ path: FRONT_PATH, headers, body })

const schemes = ['app', 'rule', 'plain'] as const
const cases: readonly Case[] = [
  ...schemes.map(
    (scheme): Case => ({
      what: `a body changed by one byte after it was signed (${scheme})`,
      status: 401,
      rule: 'signature-mismatch',
      request: ({ webhookSecret }) => front(signFront(sample, scheme, webhookSecret), oneByteOther(sample)),
    }),
  ),
  {
    what: 'a timestamp an hour old',
    status: 401,
    rule: 'timestamp-stale',
    request: ({ webhookSecret }) => front(signFront(sample, 'app', webhookSecret, Date.now() - HOUR), sample),
  },
  {
    what: 'a timestamp an hour ahead',
    status: 401,
    rule: 'timestamp-future',
    request: ({ webhookSecret }) => front(signFront(sample, 'app', webhookSecret, Date.now() + HOUR), sample),
  },
  {
    what: 'no signature',
    status: 401,
    rule: 'signature-missing',
    request: () => front(json, sample),
  },
  {
    what: '2 MB',
    status: 413,
    rule: 'body-too-large',
    request: ({ webhookSecret }) => front(signFront(tooLarge, 'app', webhookSecret), tooLarge),
  },
  {
    what: 'broken JSON',
    status: 400,
    rule: 'body-not-json',
    request: ({ webhookSecret }) => front(signFront(brokenJson, 'app', webhookSecret), brokenJson),
  },
  {
    what: 'an unknown source',
    status: 404,
    rule: 'source-unknown',
    request: ({ webhookSecret }) => ({
      path: '/api/webhooks/nobody',
      headers: signFront(sample, 'app', webhookSecret),
      body: sample,
    }),
  },
  {
    what: 'a Make request with another key',
    status: 401,
    rule: 'signature-mismatch',
    request: ({ webhookSecret }) => ({ path: MAKE_PATH, headers: signMake(task, webhookSecret), body: task }),
  },
  {
    what: 'a Make request whose body was changed after it was signed',
    status: 401,
    rule: 'signature-mismatch',
    request: ({ makeSecret }) => ({
      path: MAKE_PATH,
      headers: signMake(task, makeSecret, 'hmac'),
      body: oneByteOther(task),
    }),
  },
]

export function refusals(use: UseSystem): void {
  describe('a request that is not to be taken', () => {
    test.each(cases)(
      '$what: $status, a problem that names $rule, nothing in Kafka',
      async ({ status, rule, request }) => {
        const system = use()
        const { kafka } = system.topics
        const before = await kafka.ends(topics.received)
        const { path, headers, body } = request(system)
        const answer = await system.post(path, headers, body)
        expect(answer.status).toBe(status)
        expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json\b/)
        const webhookId = answer.headers.get('x-webhook-id')
        expect(answer.json).toEqual({
          type: expect.stringContaining(rule),
          title: expect.any(String),
          status,
          detail: expect.any(String),
          code: expect.stringMatching(/^MR_/),
          rule,
          webhook_id: webhookId,
        })
        expect(await kafka.ends(topics.received)).toEqual(before)
      },
    )
  })
}

function oneByteOther(body: Buffer): Buffer {
  const other = Buffer.from(body)
  const at = other.indexOf('a')
  other[at] = 'b'.charCodeAt(0)
  return other
}

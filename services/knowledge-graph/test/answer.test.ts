import { processedAnswer } from '@millrace/domain'
import type { InRecord } from '@millrace/kafka'
import type { WebhookEvent } from '@millrace/schemas'
import { Redis } from 'ioredis'
import { afterAll, expect, test } from 'vitest'
import { answerFailures } from '../src/answer-failures.ts'
import { extractEvent } from '../src/extract-event.ts'
import { extractorFor } from '../src/extractors.ts'
import { answerKey } from '../src/keep-answers.ts'
import { eventOf, makeBody, RECEIVED_AT } from './support/events.ts'

type Answer = ReturnType<typeof processedAnswer.parse>

function answerTo(body: object, overrides: Partial<WebhookEvent> = {}): Answer {
  const event = eventOf(body, { reply_to: 'replies:test', ...overrides })
  const extractor = extractorFor(event)
  if (extractor === undefined) throw new Error('no extractor')
  return processedAnswer.parse(JSON.parse(extractEvent(event, extractor, RECEIVED_AT).answer.toString()))
}

const withText = {
  ...makeBody,
  task: { ...Object(makeBody.task), description: 'Call canary@example.org about https://canary.example.org/x' },
}

test('an answer is what its published schema says, whatever an installation calls its source', () => {
  const answer = answerTo(makeBody, { source: 'make-of-acme' })
  expect(answer.result).toMatchObject({ source: 'make.com_chatgpt_clients', action_id: 'get_client_data' })
  expect(answer.result.knowledge_graph.metadata.node_count).toBe(answer.result.knowledge_graph.knowledge_nodes.length)
})

test('an id that came as a number is told as a text', () => {
  expect(answerTo({ ...makeBody, action_id: 7 }).result.action_id).toBe('7')
})

test('without task details the answer has neither the text nor what it mentions; all else stays', () => {
  const whole = answerTo(withText).result.knowledge_graph
  const less = answerTo({ ...withText, include_task_details: false }).result.knowledge_graph
  expect(JSON.stringify(whole)).toContain('canary')
  expect(JSON.stringify(less)).not.toContain('canary')
  expect(less.metadata).toMatchObject({ task_details: false, node_count: less.knowledge_nodes.length })
  const plain = answerTo({ ...makeBody, task: { ...Object(makeBody.task), description: undefined } }).result
    .knowledge_graph
  expect(less.knowledge_nodes.map(({ id }) => id)).toEqual(plain.knowledge_nodes.map(({ id }) => id))
  expect(less.relationships).toEqual(plain.relationships)
})

const redis = new Redis(process.env.REDIS_URL ?? '', { keyPrefix: `t${process.pid}.` })
afterAll(() => redis.quit())

test('who waits for an event that is given up on is told that it failed, and nothing of why', async () => {
  const events = [eventOf(makeBody, { reply_to: 'replies:test', received_at: Date.now() }), eventOf(makeBody), null]
  await answerFailures({ redis })(events.map((value) => ({ value }) as InRecord<WebhookEvent>))
  const [event] = events
  const stored = JSON.parse((event && (await redis.get(answerKey(event)))) ?? 'null')
  expect(stored).toMatchObject({ status: 'failed', webhook_id: event?.webhook_id, error: { status_code: 500 } })
  expect(stored.error.reason).not.toMatch(/\.ts|Error/)
})

import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { topics, type WebhookEvent } from '@millrace/schemas'
import { type FixtureName, type FrontSchemeName, fixture, fixtureNames, waitFor } from '@millrace/test-support'
import { describe, expect, test } from 'vitest'
import { javaReader, type PrintedEvent, pythonReader } from '../support/example-readers.ts'
import type { TestSystem, UseSystem } from '../support/test-system.ts'

interface Expected {
  readonly scheme: FrontSchemeName
  readonly type: string
  readonly conversationId: string
  /** Front's own id of the event; null where the body has none. */
  readonly eventId: string | null
}

/** What each published sample is, read by eye. */
const expected: Readonly<Partial<Record<FixtureName, Expected>>> = {
  'front/app-webhook.inbound_received.json': is('app', 'message.received', 'cnv_1042nr10', 'evt_3s78kxhw'),
  'front/rule-webhook.archive.no-target.json': is('rule', 'conversation.archived', 'cnv_keo696', 'evt_28du7y2'),
  'front/rule-webhook.assign.preview.json': is('rule', 'conversation.assigned', 'cnv_55c8c149', 'evt_55c8c149'),
  'front/rule-webhook.assign.status-invisible.json': is('rule', 'conversation.assigned', 'cnv_keo696', 'evt_28du6my'),
  'front/rule-webhook.inbound.json': is('rule', 'message.received', 'cnv_keocka', 'evt_28duo2q'),
  'front/rule-webhook.mention.json': is('rule', 'comment.mentioned', 'cnv_keocka', 'evt_28duv9e'),
  'front/rule-webhook.out_reply.json': is('rule', 'message.sent', 'cnv_keocka', 'evt_28duq42'),
  'front/rule-webhook.tag.json': is('rule', 'conversation.tagged', 'cnv_keocka', 'evt_28duooi'),
  'front/simple.conversation-created.json': is('plain', 'conversation.created', 'cnv_123', null),
  'front/simple.message-received.json': is('plain', 'message.received', 'cnv_123', null),
}

function is(scheme: FrontSchemeName, type: string, conversationId: string, eventId: string | null): Expected {
  return { scheme, type, conversationId, eventId }
}

const samples = fixtureNames
  .filter((name) => name.startsWith('front/'))
  .map((name) => ({ name, body: fixture(name), ...(expected[name] as Expected) }))

/** One line of `millrace tail --base64 --headers`, as far as it is looked at. */
interface TailLine {
  readonly headers: Record<string, string>
  readonly value: Omit<WebhookEvent, 'payload'> & { readonly payload: { readonly base64: string } }
}

export function frontSamples(use: UseSystem): void {
  describe('every file of the Front samples', () => {
    test('is known to this test', () => {
      expect(samples.filter(({ type }) => type === undefined)).toEqual([])
    })

    test('is acknowledged when signed as its kind', async () => {
      for (const { name, body, scheme } of samples) {
        const { status, json, headers } = await use().postFront(body, scheme)
        const acknowledged = { webhook_id: headers.get('x-webhook-id'), status: 'accepted', events: 1 }
        expect({ name, status, json }).toEqual({ name, status: 200, json: acknowledged })
      }
    })

    test('is shown by `millrace tail` exactly once, with its type, its conversation and its own bytes', async () => {
      await use().topics.wait(topics.events, () => true, { count: samples.length })
      const lines = await tail(use())
      expect(lines).toHaveLength(samples.length)
      for (const sample of samples) {
        const mine = lines.filter(({ value }) => Buffer.from(value.payload.base64, 'base64').equals(sample.body))
        expect(mine.map(({ value }) => summaryOf(value))).toEqual([summaryOf(wanted(sample))])
        expect(mine[0]?.headers).toMatchObject({ ce_type: sample.type, ce_subject: sample.conversationId })
      }
      expect(new Set(lines.map(({ value }) => value.event_id)).size).toBe(samples.length)
    })

    test('is read the same by another language’s Kafka client and Avro decoder', { timeout: 180_000 }, async () => {
      const events = await readElsewhere(use())
      if (events === null) return
      expect(events).toHaveLength(samples.length)
      for (const sample of samples) {
        const mine = events.filter(({ payload }) => Buffer.from(payload).equals(sample.body))
        expect(mine.map(summaryOf)).toEqual([summaryOf(wanted(sample))])
      }
    })

    test('brings nothing new when it is sent again', async () => {
      const system = use()
      const before = await eventIds(system)
      const decided = await duplicates(system)
      for (const { name, body, scheme } of samples) {
        const { status } = await system.postFront(body, scheme)
        expect({ name, status }).toEqual({ name, status: 200 })
      }
      const all = decided + samples.length
      await waitFor(async () => (await duplicates(system)) === all, { what: 'every repeat to be judged a duplicate' })
      expect(await eventIds(system)).toEqual(before)
    })
  })
}

type Summary = Pick<WebhookEvent, 'type' | 'conversation_id' | 'identity'> & { readonly event_id: string | null }

/** An event without an id of Front's has one of ours, which only dedup knows. */
function summaryOf({ type, conversation_id, identity, event_id }: Summary): Summary {
  return { type, conversation_id, identity, event_id: identity === 'provider' ? event_id : null }
}

function wanted({ type, conversationId, eventId }: Expected): Summary {
  const identity = eventId === null ? 'content-hash' : 'provider'
  return { type, conversation_id: conversationId, identity, event_id: eventId }
}

async function tail(system: TestSystem): Promise<TailLine[]> {
  const printed = await system.millrace('tail', topics.events.name, '--until-end', '--base64', '--headers')
  return printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

/** Python's reader, else Java's; null where neither can run, which only CI takes for a fault. */
async function readElsewhere(system: TestSystem): Promise<PrintedEvent[] | null> {
  const reader = (await pythonReader()) ?? (await javaReader())
  if (reader === null) return null
  const schemas = await mkdtemp(join(tmpdir(), 'millrace-schemas-'))
  try {
    await system.millrace('schemas', 'export', schemas)
    return await reader({
      BROKERS: system.brokers,
      TOPIC: system.prefix + topics.events.name,
      GROUP: `${system.prefix}elsewhere`,
      SCHEMAS_DIR: schemas,
    })
  } finally {
    rmSync(schemas, { recursive: true, force: true })
  }
}

async function eventIds({ topics: reader }: TestSystem): Promise<string[]> {
  return (await reader.all(topics.events)).map(({ value }) => value.event_id).toSorted()
}

/** Repeats that dedup has dropped and committed. */
async function duplicates(system: TestSystem): Promise<number> {
  const text = await system.service('dedup').metrics()
  const counted = /^millrace_dedup_verdicts_total\{[^}]*verdict="duplicate"[^}]*\} (\d+)/gm
  return [...text.matchAll(counted)].reduce((sum, [, count]) => sum + Number(count), 0)
}

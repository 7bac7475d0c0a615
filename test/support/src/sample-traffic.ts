import { randomBytes } from 'node:crypto'
import { type FixtureName, fixture } from './fixtures.ts'
import { createRenamer, newestTime, shiftTimes } from './rename.ts'
import { type FrontSchemeName, signFront, signMake } from './sign-samples.ts'

/** A request as a provider would send it, and what it must become. */
export interface Sample {
  readonly name: FixtureName
  readonly provider: 'front' | 'make'
  /** How the provider signs this kind. */
  readonly scheme: FrontSchemeName | 'api-key'
  /** Path on the gateway of the default sources. */
  readonly path: string
  readonly body: Buffer
  /** Canonical type. */
  readonly type: string
  /** Front's own event id; null for the shapes that have none. */
  readonly eventId: string | null
  readonly conversationId: string | null
  readonly clientId: string | null
}

export interface SampleSecrets {
  /** `WEBHOOK_SECRET`. */
  readonly front: string
  /** `FRONT_RULE_SECRET`; that of `front` when unset. */
  readonly frontRule?: string | undefined
  /** `MAKE_COM_WEBHOOK_SECRET`. */
  readonly make: string
}

export const FRONT_PATH = '/api/webhooks/front'
export const MAKE_PATH = '/api/webhook/make.com/chatgpt-clients'

/** In the order of their times within each conversation. */
const frontSamples: readonly (readonly [FixtureName, FrontSchemeName, string])[] = [
  ['front/app-webhook.inbound_received.json', 'app', 'message.received'],
  ['front/rule-webhook.inbound.json', 'rule', 'message.received'],
  ['front/rule-webhook.tag.json', 'rule', 'conversation.tagged'],
  ['front/rule-webhook.out_reply.json', 'rule', 'message.sent'],
  ['front/rule-webhook.mention.json', 'rule', 'comment.mentioned'],
  ['front/rule-webhook.assign.status-invisible.json', 'rule', 'conversation.assigned'],
  ['front/rule-webhook.archive.no-target.json', 'rule', 'conversation.archived'],
  ['front/rule-webhook.assign.preview.json', 'rule', 'conversation.assigned'],
  ['front/simple.conversation-created.json', 'plain', 'conversation.created'],
  ['front/simple.message-received.json', 'plain', 'message.received'],
]

/**
 * Every Front sample and the Make sample with ids that were never used before (the same old id becomes the same new one in all of them) and
 * times of now: in each conversation the newest becomes `now` (epoch milliseconds), the others keep their distance. All other bytes stay.
 */
export function freshSamples(now: number = Date.now()): Sample[] {
  const rename = createRenamer()
  const texts = frontSamples.map(([name]) => fixture(name).toString())
  const newest = newestByConversation(texts)
  const front = frontSamples.map(([name, scheme, type], index): Sample => {
    const old = texts[index] ?? ''
    const from = newest.get(conversationOf(old)) ?? now / 1000
    const text = rename(shiftTimes(old, now / 1000 - from))
    const body = Buffer.from(text)
    return {
      name,
      provider: 'front',
      scheme,
      path: FRONT_PATH,
      body,
      type,
      eventId: firstId('evt', text),
      conversationId: conversationOf(text),
      clientId: null,
    }
  })
  return [...front, freshMakeSample()]
}

/** The Make sample about a client and a task that were never used before. */
export function freshMakeSample(): Sample {
  const run = randomBytes(4).toString('hex')
  const clientId = `client-${run}`
  const name = 'make/get_client_knowledge_graph.request.json'
  const text = fixture(name).toString().replaceAll('client-123', clientId).replaceAll('task_123', `task_${run}`)
  const body = Buffer.from(text)
  return {
    name,
    provider: 'make',
    scheme: 'api-key',
    path: MAKE_PATH,
    body,
    type: 'task.received',
    eventId: null,
    conversationId: null,
    clientId,
  }
}

/** Headers with which a sample is posted: content type, and its provider's signature of `now`. */
export function headersOf(sample: Sample, secrets: SampleSecrets, now: number = Date.now()): Record<string, string> {
  if (sample.scheme === 'api-key') return signMake(sample.body, secrets.make)
  const secret = sample.scheme === 'rule' ? (secrets.frontRule ?? secrets.front) : secrets.front
  return signFront(sample.body, sample.scheme, secret, now)
}

function newestByConversation(texts: readonly string[]): Map<string | null, number> {
  const newest = new Map<string | null, number>()
  for (const text of texts) {
    const id = conversationOf(text)
    newest.set(id, Math.max(newest.get(id) ?? 0, newestTime(text) ?? 0))
  }
  return newest
}

function conversationOf(text: string): string | null {
  return firstId('cnv', text)
}

function firstId(prefix: string, text: string): string | null {
  return new RegExp(`\\b${prefix}_[0-9a-z]+\\b`).exec(text)?.[0] ?? null
}

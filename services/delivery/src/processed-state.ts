import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { type ToldMessage, topicKey } from '@millrace/domain'
import { createKeptTexts, type RecordCipher, reachingRedis } from '@millrace/kafka'
import type { WebhookEvent } from '@millrace/schemas'
import { redisScript } from '@millrace/service-kit'
import type { Redis } from 'ioredis'

/** What is kept of a message event until a snapshot reflects it. */
interface KnownMessage {
  readonly message_id: string
  readonly source_type: string | null
  /** Of the event's record in `webhooks.events`: `topic-partition-offset`. */
  readonly position: string
  readonly event: Pick<
    WebhookEvent,
    | 'event_id'
    | 'identity'
    | 'tenant'
    | 'account'
    | 'provider'
    | 'source'
    | 'origin'
    | 'priority'
    | 'completeness'
    | 'received_at'
    | 'webhook_id'
    | 'conversation_id'
    | 'contact_id'
    | 'received_position'
  >
}

/** The same with what the event told of the message itself, which is kept beside it; null for a preview, and when nothing is kept any more. */
export interface MetMessage extends KnownMessage {
  readonly told: ToldMessage | null
}

/**
 * Which messages of a conversation were received and which are processed, in Redis: one hash a conversation. A message is claimed as processed by the one
 * record that makes it so; that record, read again after a crash, finds its own claim, and every other one finds the claim of another. What is kept of
 * messages is encrypted by the key of the conversation, where there is a cipher; of one that was erased nothing is kept, and nothing found.
 */
export interface ProcessedState {
  /** Notes messages; answers, in their order, the time of the snapshot that already reflects each, epoch milliseconds, or undefined. */
  meetEvents(key: string, messages: readonly MetMessage[]): Promise<(number | undefined)[]>
  /** The known messages among these events that nothing has claimed yet, or this record has. Claims nothing. */
  known(key: string, position: string, eventIds: readonly string[]): Promise<KnownMessage[]>
  /** Claims them. @param at the snapshot's time, epoch milliseconds */
  meetSnapshot(key: string, position: string, at: number, eventIds: readonly string[]): Promise<MetMessage[]>
  /** Notes that the PROCESSED of a message has been written before. */
  done(key: string, eventIds: readonly string[]): Promise<void>
}

const DAY_MS = 86_400_000
/** As long as dedup knows an event again. */
export const KEPT_MS = 7 * DAY_MS
const MOST_FIELDS = 1_000
const DONE = 'cbefore '
/** What an event told is kept this long after its message was claimed: a crash may make the same claim once more. */
const TOLD_AFTER_MS = 10 * 60_000
/** Of what one event told, packed. More is not kept: then the message comes from the snapshot, or is read. */
const MOST_TOLD_CHARS = 256 * 1_024
const MOST_UNPACKED_BYTES = 8 * 1_048_576

const meetEvents = redisScript(new URL('./meet-events.lua', import.meta.url))
const meetSnapshot = redisScript(new URL('./meet-snapshot.lua', import.meta.url))

export function createProcessedState(
  redis: Pick<Redis, 'evalsha' | 'eval' | 'hmget' | 'hset' | 'pexpire'>,
  cipher?: RecordCipher,
): ProcessedState {
  const texts = createKeptTexts(cipher)
  const nameOf = (key: string) => `delivery:messages:${key}`
  const toldNames = (key: string, eventIds: readonly string[]) => eventIds.map((id) => `delivery:told:${key}:${id}`)
  return {
    async meetEvents(key, messages) {
      await texts.prepareKeep(key)
      const fields = messages.flatMap(({ told, ...known }) => {
        const kept = texts.keep(key, JSON.stringify(known))
        const packedTold = packed(told)
        const keptTold = packedTold === '' ? '' : texts.keep(key, packedTold)
        return kept === undefined || keptTold === undefined
          ? []
          : [known.event.event_id, known.position, kept, keptTold]
      })
      if (fields.length === 0) return messages.map(() => undefined)
      const ids = messages.map(({ event }) => event.event_id)
      const answers = (await reachingRedis('note messages', () =>
        meetEvents(redis, [nameOf(key), ...toldNames(key, ids)], [KEPT_MS, ...fields]),
      )) as string[]
      return answers.map((at) => (at === '' ? undefined : Number(at)))
    },
    async known(key, position, eventIds) {
      const fields = await reachingRedis('tell which messages are known', () => redis.hmget(nameOf(key), ...eventIds))
      const own = `c${position} `
      const kept = fields.flatMap((field) => {
        if (field?.startsWith('i')) return [field.slice(1)]
        return field?.startsWith(own) ? [field.slice(own.length)] : []
      })
      await texts.prepareRead(kept)
      return kept.flatMap((text) => {
        const known = texts.read(text)
        return known === undefined ? [] : [JSON.parse(known) as KnownMessage]
      })
    },
    async meetSnapshot(key, position, at, eventIds) {
      const answers = (await reachingRedis('claim messages', () =>
        meetSnapshot(
          redis,
          [nameOf(key), ...toldNames(key, eventIds)],
          [KEPT_MS, position, at, MOST_FIELDS, TOLD_AFTER_MS, ...eventIds],
        ),
      )) as [known: string, told: string][]
      await texts.prepareRead(answers.flat())
      return answers.flatMap(([kept, keptTold]) => {
        const known = texts.read(kept)
        return known === undefined
          ? []
          : [{ ...(JSON.parse(known) as KnownMessage), told: unpacked(texts.read(keptTold) ?? '') }]
      })
    },
    async done(key, eventIds) {
      await reachingRedis('note what is processed', async () => {
        await redis.hset(nameOf(key), Object.fromEntries(eventIds.map((id) => [id, DONE])))
        await redis.pexpire(nameOf(key), KEPT_MS)
      })
    },
  }
}

export function messageKey({ tenant, conversation_id }: { tenant: string; conversation_id: string }): string {
  return topicKey(tenant, conversation_id)
}

/** Empty where nothing was told, and where it is too large to be kept. */
function packed(told: ToldMessage | null): string {
  if (told === null) return ''
  const text = deflateRawSync(JSON.stringify(told)).toString('base64')
  return text.length > MOST_TOLD_CHARS ? '' : text
}

function unpacked(text: string): ToldMessage | null {
  if (text === '') return null
  const json = inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: MOST_UNPACKED_BYTES })
  return JSON.parse(String(json)) as ToldMessage
}

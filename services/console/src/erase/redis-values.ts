import { inflateRawSync } from 'node:zlib'
import { createKeptTexts, createSealedTexts, type RecordCipher } from '@millrace/kafka'
import type { Redis } from 'ioredis'

type Held = Buffer | Readonly<Record<string, Buffer>>

/** What delivery keeps of messages are texts that its scripts handle, and what an event told of one is packed besides. */
const MESSAGES = 'delivery:messages:'
const TOLD = 'delivery:told:'
/** What stands before the text of a message: known, reflected by a snapshot, or claimed by the record of that position. */
const BEFORE_TEXT = /^(?:i|r|c\S+ )/
const MAX_UNPACKED_BYTES = 8 * 1_048_576

/** What a key holds, a string or a hash, with what is encrypted in it opened; undefined for nothing and for what was erased. @throws KafkaError as `RecordCipher` */
export async function readRedisValue(
  redis: Redis,
  cipher: RecordCipher | undefined,
  key: string,
): Promise<Buffer | Readonly<Record<string, Buffer | string>> | undefined> {
  const held = await heldBy(redis, key)
  if (held === undefined) return undefined
  if (key.startsWith(TOLD) && Buffer.isBuffer(held)) return await toldIn(cipher, held.toString())
  if (key.startsWith(MESSAGES) && !Buffer.isBuffer(held)) return await messagesIn(cipher, held)
  const texts = createSealedTexts(cipher)
  await texts.prepareOpen(Buffer.isBuffer(held) ? [held] : Object.values(held))
  if (Buffer.isBuffer(held)) return texts.open(held)
  const fields: Record<string, Buffer | string> = {}
  for (const [name, value] of Object.entries(held)) {
    const opened = texts.open(value)
    if (opened !== undefined) fields[name] = textIn(opened) ?? opened
  }
  return fields
}

async function toldIn(cipher: RecordCipher | undefined, kept: string): Promise<Buffer | undefined> {
  const texts = createKeptTexts(cipher)
  await texts.prepareRead([kept])
  const packed = texts.read(kept)
  if (packed === undefined) return undefined
  return inflateRawSync(Buffer.from(packed, 'base64'), { maxOutputLength: MAX_UNPACKED_BYTES })
}

async function messagesIn(
  cipher: RecordCipher | undefined,
  held: Readonly<Record<string, Buffer>>,
): Promise<Readonly<Record<string, string>>> {
  const texts = createKeptTexts(cipher)
  const fields = Object.entries(held).map(([id, value]) => {
    const text = value.toString()
    const before = BEFORE_TEXT.exec(text)?.[0] ?? ''
    return { id, before, kept: text.slice(before.length) }
  })
  await texts.prepareRead(fields.map(({ kept }) => kept))
  const read = fields.flatMap(({ id, before, kept }) => {
    const text = texts.read(kept)
    return text === undefined ? [] : [[id, before + text] as const]
  })
  return Object.fromEntries(read)
}

async function heldBy(redis: Redis, key: string): Promise<Held | undefined> {
  const type = await redis.type(key)
  if (type === 'string') return (await redis.getBuffer(key)) ?? undefined
  return type === 'hash' ? await redis.hgetallBuffer(key) : undefined
}

function textIn(bytes: Buffer): string | undefined {
  const text = bytes.toString()
  return Buffer.from(text).equals(bytes) ? text : undefined
}

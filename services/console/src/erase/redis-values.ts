import { createSealedTexts, type RecordCipher } from '@millrace/kafka'
import type { Redis } from 'ioredis'

type Held = Buffer | Readonly<Record<string, Buffer>>

/** What a key holds, a string or a hash, with what is encrypted in it opened; undefined for nothing and for what was erased. @throws KafkaError as `RecordCipher` */
export async function readRedisValue(
  redis: Redis,
  cipher: RecordCipher | undefined,
  key: string,
): Promise<Buffer | Readonly<Record<string, Buffer | string>> | undefined> {
  const held = await heldBy(redis, key)
  if (held === undefined) return undefined
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

async function heldBy(redis: Redis, key: string): Promise<Held | undefined> {
  const type = await redis.type(key)
  if (type === 'string') return (await redis.getBuffer(key)) ?? undefined
  return type === 'hash' ? await redis.hgetallBuffer(key) : undefined
}

function textIn(bytes: Buffer): string | undefined {
  const text = bytes.toString()
  return Buffer.from(text).equals(bytes) ? text : undefined
}

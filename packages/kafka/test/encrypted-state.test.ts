import { Redis } from 'ioredis'
import { afterAll, expect, test } from 'vitest'
import { createSealedTexts, createStateStore } from '../src/index.ts'
import { randomName } from './support/kafka.ts'
import { createTestKeys } from './support/test-keys.ts'

const prefix = randomName()
const redis = new Redis(process.env.REDIS_URL ?? '')
afterAll(async () => {
  const own = await redis.keys(`${prefix}*`)
  if (own.length > 0) await redis.del(own)
  redis.disconnect()
})

function storeOf(keys: ReturnType<typeof createTestKeys>) {
  return createStateStore<string>({
    redis,
    prefix,
    encode: (state) => state,
    decode: (bytes) => bytes.toString(),
    cipher: keys.cipher(),
  })
}

test('a state rests encrypted by the key of its own key, is read by other processes, and those from before encryption too', async () => {
  const keys = createTestKeys()
  await redis.hset(`${prefix}old`, 'v', '1', 's', 'of Bo')
  await storeOf(keys).compareAndSet(new Map([['t/cnv_1', { expected: 0, value: 'of Ada' }]]))
  const rests = await redis.hgetBuffer(`${prefix}t/cnv_1`, 's')
  expect(rests?.[0]).toBe(1)
  expect(String(rests)).toContain(keys.keyOf('t/cnv_1').keyId)
  expect(String(rests)).not.toContain('Ada')
  const found = await storeOf(keys).load(['t/cnv_1', 'old'])
  expect(found.get('t/cnv_1')).toMatchObject({ value: 'of Ada', version: 1 })
  expect(found.get('old')).toMatchObject({ value: 'of Bo', version: 1 })
})

test('of whom was erased there is no state, and none is written', async () => {
  const keys = createTestKeys()
  const change = (key: string, expected: number, value: string) =>
    storeOf(keys).compareAndSet(new Map([[key, { expected, value }]]))
  await change('gone', 0, 'before')
  keys.erase('gone')
  expect((await storeOf(keys).load(['gone'])).get('gone')?.value).toBeUndefined()
  expect(await change('gone', 1, 'after')).toEqual([])
  expect(await redis.hget(`${prefix}gone`, 'v')).toBe('1')
})

test('an answer that was changed in Redis is refused', async () => {
  const sealed = createSealedTexts(createTestKeys().cipher())
  await sealed.prepareSeal(['a'])
  const text = sealed.seal('a', 'an answer') as Buffer
  await sealed.prepareOpen([text])
  expect(String(sealed.open(text))).toBe('an answer')
  text.writeUInt8((text.at(-1) ?? 0) ^ 1, text.length - 1)
  expect(() => sealed.open(text)).toThrow(expect.objectContaining({ code: 'MR_KAFKA_UNDECODABLE' }))
})

import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32c } from '../../src/kafkajs/crc32c.ts'
import { encodeProduce, type ProduceData } from '../../src/kafkajs/encode-produce.ts'

const require = createRequire(import.meta.url)
const kafkajsRequest = require('kafkajs/src/protocol/requests/produce/v7/request')
const kafkajsFrame = require('kafkajs/src/protocol/request')
const hooks = require('kafkajs/src/protocol/hooks')
const Long = require('kafkajs/src/utils/long')

const crcOf = (text: string) => crc32c(Buffer.from(text), 0, Buffer.byteLength(text))

test('CRC-32C gives the published check value, and that of nothing', () => {
  expect(crcOf('123456789')).toBe(0xe3069283)
  expect(crcOf('')).toBe(0)
  // RFC 3720 B.4: 32 bytes of zeros.
  expect(crc32c(new Uint8Array(32), 0, 32)).toBe(0x8a9136aa)
})

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  fc.constant(null),
)
const headers = fc.dictionary(
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.uint8Array().map((array) => Buffer.from(array)),
  ),
  { maxKeys: 6, noNullPrototype: true },
)
const message = fc.record({ key: bytes, value: bytes, headers })
const partition = fc.record({
  partition: fc.nat(100),
  firstSequence: fc.nat(1_000),
  messages: fc.array(message, { minLength: 1, maxLength: 130 }),
})
const produce = fc.record({
  transactionalId: fc.option(fc.string(), { nil: null }),
  acks: fc.constant(-1),
  timeout: fc.nat(30_000),
  producerId: fc.nat(1_000_000).map((id) => Long.fromValue(id)),
  producerEpoch: fc.nat(30_000),
  topicData: fc.array(fc.record({ topic: fc.string(), partitions: fc.array(partition, { maxLength: 3 }) }), {
    maxLength: 2,
  }),
})

test('a request is byte for byte what kafkajs itself would send', async () => {
  const now = Date.now
  Date.now = () => 1_772_366_400_000
  hooks.encodeProduce = undefined
  try {
    await fc.assert(
      fc.asyncProperty(produce, async (data) => {
        const theirs = await kafkajsRequest({ compression: 0, ...data }).encode()
        expect(encodeProduce(data as ProduceData)?.equals(theirs.buffer)).toBe(true)
      }),
      { numRuns: 200 },
    )
  } finally {
    Date.now = now
  }
})

test.each([
  ['in the room before its body', 'millrace-gateway', 64],
  ['in a copy, where there is too little room', 'x'.repeat(100), 64],
  ['in a copy, where there is none', 'millrace-gateway', 0],
])('a whole request is what kafkajs itself would send: its head is written %s', async (_, clientId, headroom) => {
  const now = Date.now
  Date.now = () => 1_772_366_400_000
  const topicData = [{ topic: 't', partitions: [{ partition: 3, messages: [{ key: 'k', value: 'v' }] }] }]
  const whole = () =>
    kafkajsFrame({
      correlationId: 7,
      clientId,
      request: kafkajsRequest({ compression: 0, acks: -1, timeout: 1, topicData }),
    })
  try {
    hooks.encodeProduce = undefined
    const theirs = await whole()
    Object.assign(hooks, { headroom, encodeProduce: (data: ProduceData) => encodeProduce(data, headroom) })
    expect((await whole()).buffer.equals(theirs.buffer)).toBe(true)
  } finally {
    Date.now = now
    hooks.encodeProduce = undefined
  }
})

test('messages with a time of their own are left to kafkajs', () => {
  const messages = [{ value: 'a', timestamp: '1' }]
  const topicData = [{ topic: 't', partitions: [{ partition: 0, messages }] }]
  expect(encodeProduce({ acks: -1, timeout: 1, topicData })).toBeUndefined()
})

import { randomBytes, randomUUID } from 'node:crypto'
import { topicKey } from '@millrace/domain'
import { type InRecord, type OutRecord, output } from '@millrace/kafka'
import { type Delivery, topics } from '@millrace/schemas'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createNumbering, type NumberDeliveries } from '../src/number-deliveries.ts'
import { createWorld, type World } from './support/harness.ts'
import { deliveryOf, endpointOf, recordOf } from './support/values.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const ordered = endpointOf({ endpoint_id: 'ep_ordered', order: 'conversation' })
const free = endpointOf({ endpoint_id: 'ep_free' })
let world: World
const connections: Redis[] = []

beforeAll(async () => {
  world = await createWorld()
})
afterAll(async () => {
  for (const redis of connections) redis.disconnect()
  await world?.close()
})

function numbering(group = 'g'): { number: NumberDeliveries; redis: Redis } {
  const redis = new Redis(process.env.REDIS_URL ?? '', { keyPrefix: `t${randomBytes(5).toString('hex')}.` })
  connections.push(redis)
  return { redis, number: of(redis, group) }
}

const of = (redis: Redis, group: string) =>
  createNumbering({
    redis,
    kafka: world.kafka,
    endpoints: { find: (key) => (key.endsWith('/ep_ordered') ? ordered : free) },
    log: silent,
    group,
  })

const batch = (committed: bigint) => ({ topic: topics.events.name, partition: 0, committed })

function requested(offset: bigint, id: string, changes: Partial<Delivery> = {}): OutRecord<unknown> {
  const value = deliveryOf({ delivery_id: id, endpoint_id: 'ep_ordered', conversation_id: 'cnv_1', ...changes })
  const cause: InRecord<unknown> = { ...recordOf(null), offset }
  return output({ topic: topics.requested, key: topicKey('default', value.endpoint_id), value, cause })
}

const placesOf = (outputs: readonly OutRecord<unknown>[]) =>
  outputs.map(({ value }) => {
    const { sequence, predecessor_id } = value as Delivery
    return [sequence, predecessor_id]
  })

test('deliveries of one endpoint and conversation follow one another; other conversations and endpoints without order do not', async () => {
  const { number } = numbering()
  const outputs = [
    requested(0n, 'a'),
    requested(1n, 'b', { conversation_id: 'cnv_2' }),
    requested(2n, 'c'),
    requested(3n, 'd', { endpoint_id: 'ep_free' }),
    requested(4n, 'e', { conversation_id: null }),
  ]
  expect(placesOf(await number(batch(0n), outputs))).toEqual([
    [1, null],
    [1, null],
    [2, 'a'],
    [0, null],
    [0, null],
  ])
  expect(placesOf(await number(batch(5n), [requested(5n, 'f')]))).toEqual([[3, 'c']])
})

test('a batch that is made once more, in other cuts, gets the same numbers', async () => {
  const { number } = numbering()
  await number(batch(0n), [requested(0n, 'a')])
  const outputs = [1n, 2n, 3n, 4n].map((offset) => requested(offset, `m${offset}`))
  const first = placesOf(await number(batch(1n), outputs))
  expect(first).toEqual([
    [2, 'a'],
    [3, 'm1'],
    [4, 'm2'],
    [5, 'm3'],
  ])
  expect(placesOf(await number(batch(1n), outputs.slice(0, 2)))).toEqual(first.slice(0, 2))
  expect(placesOf(await number(batch(3n), outputs.slice(2)))).toEqual(first.slice(2))
})

test('what two groups request for one conversation is one row', async () => {
  const { number, redis } = numbering('received')
  const processed = of(redis, 'processed')
  await number(batch(0n), [requested(0n, 'a')])
  expect(placesOf(await processed(batch(0n), [requested(0n, 'a-processed')]))).toEqual([[2, 'a']])
  expect(placesOf(await number(batch(1n), [requested(1n, 'b')]))).toEqual([[3, 'a-processed']])
})

test('what would be too large for its topic has no place: nobody waits for a dead letter of the request', async () => {
  const { number } = numbering()
  const large = { body: Buffer.alloc(topics.requested.maxValueBytes) }
  const numbered = await number(batch(0n), [requested(0n, 'a'), requested(1n, 'large', large), requested(2n, 'c')])
  expect(placesOf(numbered)).toEqual([
    [1, null],
    [0, null],
    [2, 'a'],
  ])
})

const emptied = async (redis: Redis) => {
  for (const key of await redis.keys(`${redis.options.keyPrefix}*`))
    await redis.del(key.slice(redis.options.keyPrefix?.length))
}
/** As after a failover to a replica that lacks the last writes. */
const wentBack = async (redis: Redis) => {
  await redis.hset('delivery:chains', 'calls', 0)
  for (const key of await redis.keys(`${redis.options.keyPrefix}delivery:chain:*`)) {
    const older = { n: 1, e: [{ i: 'a', p: '', q: 1, s: '', o: 0 }] }
    await redis.set(key.slice(redis.options.keyPrefix?.length), JSON.stringify(older))
  }
}

test.each([
  ['was emptied', emptied],
  ['went back to an older state', wentBack],
])('after Redis %s the row goes on behind what was requested last', async (_, lose) => {
  const { number, redis } = numbering()
  const conversation_id = `cnv_${randomUUID()}`
  const requests = [requested(0n, 'a', { conversation_id }), requested(1n, 'b', { conversation_id })]
  for (const { key, value } of await number(batch(0n), requests))
    await world.kafka.send(topics.requested, key, value as Delivery)
  await lose(redis)
  expect(placesOf(await number(batch(2n), [requested(2n, 'c', { conversation_id })]))).toEqual([[3, 'b']])
})

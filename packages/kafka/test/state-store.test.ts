import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, expect, test } from 'vitest'
import { createStateStore } from '../src/index.ts'
import { range } from './support/kafka.ts'

const redis = new Redis(process.env.REDIS_URL ?? '')
const prefix = `t${randomBytes(4).toString('hex')}:`
afterAll(async () => {
  const keys = await redis.keys(`${prefix}*`)
  if (keys.length > 0) await redis.del(keys)
  redis.disconnect()
})

const store = createStateStore<string>({
  redis,
  prefix,
  encode: (state) => state,
  decode: (bytes) => bytes.toString(),
})

const set = (key: string, expected: number, value: string) => store.compareAndSet(new Map([[key, { expected, value }]]))
const load = async (key: string) => (await store.load([key])).get(key)

test('a key that was never written has version 0 and no value', async () => {
  expect(await load('unknown')).toEqual({ version: 0, publishedVersion: 0, value: undefined })
})

test('a write at the version that was loaded holds and makes the next version', async () => {
  expect(await set('counted', 0, 'one')).toEqual([])
  expect(await set('counted', 1, 'two')).toEqual([])
  expect(await load('counted')).toEqual({ version: 2, publishedVersion: 0, value: 'two' })
})

test('of two writers that loaded the same version one is told that the key moved on', async () => {
  const answers = await Promise.all([set('raced', 0, 'mine'), set('raced', 0, 'yours')])
  expect(answers.toSorted((a, b) => a.length - b.length)).toEqual([[], ['raced']])
  expect((await load('raced'))?.version).toBe(1)
})

test('of many keys in one call only those that moved on are named, and the others are written', async () => {
  const keys = range(450).map((n) => `many-${n}`)
  await set('many-3', 0, 'before')
  await set('many-401', 0, 'before')
  const moved = await store.compareAndSet(new Map(keys.map((key) => [key, { expected: 0, value: 'now' }])))
  expect(moved.toSorted()).toEqual(['many-3', 'many-401'])
  const entries = await store.load(keys)
  expect([...entries.values()].filter(({ value }) => value === 'now')).toHaveLength(448)
})

test('the published version never goes down, and is not noted for a key that is gone', async () => {
  for (const [expected, value] of ['a', 'b', 'c'].entries()) await set('published', expected, value)
  await store.markPublished(new Map([['published', 3]]))
  await store.markPublished(
    new Map([
      ['published', 2],
      ['gone', 7],
    ]),
  )
  expect(await load('published')).toEqual({ version: 3, publishedVersion: 3, value: 'c' })
  expect(await redis.exists(`${prefix}gone`)).toBe(0)
})

test('a script that Redis forgot is loaded again', async () => {
  await redis.script('FLUSH')
  expect(await set('after flush', 0, 'x')).toEqual([])
})

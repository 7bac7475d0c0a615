import { ownTime, startTcpProxy, type TcpProxy } from '@millrace/test-support'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeRedis, openRedis, redisAnswers } from '../src/redis.ts'
import { recordingLog } from './recording-log.ts'

const real = new URL(process.env.REDIS_URL ?? '')
let proxy: TcpProxy
let redis: ReturnType<typeof openRedis>

beforeEach(async () => {
  proxy = await startTcpProxy({ target: { host: real.hostname, port: Number(real.port) } })
  redis = openRedis(
    { redisUrl: `redis://127.0.0.1:${proxy.port}`, redisPrefix: `t${process.pid}:` },
    recordingLog().logger,
  )
})
afterEach(async () => {
  await closeRedis(redis)
  await proxy.close()
})

test('a command before the first connection waits for it', async () => {
  expect(await redis.set('a', '1')).toBe('OK')
})

test('keys carry the prefix', async () => {
  await redis.set('b', '1')
  expect(await redis.eval('return KEYS[1]', 1, 'b')).toBe(`t${process.pid}:b`)
})

test('while Redis is away commands fail at once, and work again when it is back', async () => {
  await redis.set('c', '1')
  const closed = new Promise((resolve) => redis.once('close', resolve))
  await proxy.down()
  await closed
  const since = ownTime()
  await expect(redis.get('c')).rejects.toThrow()
  expect(ownTime() - since).toBeLessThan(500)
  await proxy.up()
  await expect.poll(() => redis.get('c').catch(() => null), { timeout: 60_000 }).toBe('1')
})

test('a Redis that hangs is not ready, and ready again once it answers', async () => {
  await redis.set('e', '1')
  redis.options.commandTimeout = 300
  const isReady = redisAnswers(redis)
  proxy.set('response', { mode: 'hold' })
  expect(await isReady()).toMatch(/timed out/i)
  proxy.heal()
  await expect.poll(isReady, { timeout: 60_000, interval: 200 }).toBe(true)
})

test('a command that Redis never answers fails after two seconds', async () => {
  await redis.set('d', '1')
  proxy.set('response', { mode: 'hold' })
  const since = ownTime()
  await expect(redis.get('d')).rejects.toThrow(/timed out/i)
  expect(ownTime() - since).toBeLessThan(4_000)
  proxy.heal()
})

test('closing does not wait for a Redis that is away, and may be repeated', async () => {
  await redis.set('e', '1')
  await proxy.down()
  await closeRedis(redis)
  await closeRedis(redis)
})

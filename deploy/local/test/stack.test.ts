import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchJars } from '../src/jars.ts'
import { findJava } from '../src/java.ts'
import { cacheDir } from '../src/paths.ts'
import { freePort, isFree } from '../src/ports.ts'
import { bundledRedis, findRedis, redisServer } from '../src/redis.ts'
import { sayNothing } from '../src/say.ts'
import { type Stack, startStack } from '../src/stack.ts'
import { exchange, until } from '../src/wait.ts'
import { removeAtEnd } from '../src/watchdog.ts'
import { isAlive } from './support/alive.ts'

const native = { MILLRACE_STACK: 'native' }

describe('a stack of our own', () => {
  const dir = join(tmpdir(), `millrace-stack-${process.pid}`)
  let stack: Stack

  beforeAll(async () => {
    removeAtEnd(dir)
    stack = await startStack({ dir, env: native })
  })
  afterAll(() => stack.stop())

  test('keeps topics over a crash of the broker, on the same port', async () => {
    await topics('--create', '--topic', 'kept')
    const crashed = stack.kafka.pid
    await stack.kafka.kill()
    await stack.kafka.start()
    expect(stack.kafka.pid).not.toBe(crashed)
    expect(await topics('--list')).toContain('kept')
  })

  test('keeps Redis data over a restart', async () => {
    await redis('SET kept yes')
    await stack.redis.restart()
    expect(await redis('GET kept')).toContain('yes')
  })

  test('leaves no process and no bound port', async () => {
    const pids = [stack.kafka.pid, stack.redis.pid].map(Number)
    await stack.stop()
    expect(pids.filter(isAlive)).toEqual([])
    expect(await Promise.all([portOf(stack.brokers), portOf(stack.redisUrl)].map(isFree))).toEqual([true, true])
  })

  async function topics(...args: string[]): Promise<string> {
    const { java } = await findJava()
    const jars = readdirSync(cacheDir).find((name) => /^kafka-[0-9a-f]+$/.test(name)) ?? ''
    const command = ['-cp', join(cacheDir, jars, 'lib/*'), 'org.apache.kafka.tools.TopicCommand']
    const flags = ['--bootstrap-server', stack.brokers, ...args]
    return (await promisify(execFile)(java, [...command, ...flags])).stdout
  }

  async function redis(command: string): Promise<string> {
    const answer = await exchange('127.0.0.1', portOf(stack.redisUrl), Buffer.from(`${command}\r\n`), 20_000)
    return answer?.toString() ?? ''
  }
})

test('a stack ends with its owner, even when that is killed', async () => {
  const dir = join(tmpdir(), `millrace-owned-${process.pid}`)
  const owner = spawn(process.execPath, [join(import.meta.dirname, 'support/stack-owner.ts'), dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface({ input: owner.stdout }), 'line')
  const { pids, brokers }: { pids: number[]; brokers: string } = JSON.parse(String(line))
  expect(pids.every(isAlive)).toBe(true)
  owner.kill('SIGKILL')
  expect(await until(() => !pids.some(isAlive) && !existsSync(dir), { deadlineMs: 60_000 })).toBe(true)
  expect(await until(() => isFree(portOf(brokers)), { deadlineMs: 60_000 })).toBe(true)
})

test('a named server that does not answer is named with its setting', async () => {
  const env = { KAFKA_BROKERS: '127.0.0.1:1', REDIS_URL: 'redis://127.0.0.1:1' }
  await expect(startStack({ dir: tmpdir(), env })).rejects.toThrow(/127\.0\.0\.1:1.*(KAFKA_BROKERS|REDIS_URL)/)
})

test('a misspelt MILLRACE_STACK is refused', async () => {
  await expect(startStack({ dir: tmpdir(), env: { MILLRACE_STACK: 'dokcer' } })).rejects.toThrow(/native, docker/)
})

function portOf(address: string): number {
  return Number(/:(\d+)$/.exec(address)?.[1])
}

test("another stack's server on the port is not taken for our own, and ends the start", async () => {
  const dir = join(tmpdir(), `millrace-taken-${process.pid}`)
  removeAtEnd(dir)
  mkdirSync(dir)
  const redis = (await findRedis()) ?? bundledRedis(`${await fetchJars((await findJava()).maven, sayNothing)}/redis`)
  // Begins to listen only when it is told to, as one whose start takes longer than another's.
  const slow = join(dir, 'slow-redis')
  writeFileSync(slow, `#!/bin/sh\nuntil [ -e ${dir}/go ]; do sleep 0.05; done\nexec ${redis} "$@"\n`, { mode: 0o755 })
  const place = { port: await freePort(), isDurable: false, portVariable: 'MILLRACE_REDIS_PORT' }
  const ours = redisServer({ ...place, binary: slow, dir: join(dir, 'ours') })
  const theirs = redisServer({ ...place, binary: redis, dir: join(dir, 'theirs') })
  const started = ours.start().catch((error: unknown) => error)
  await until(() => ours.pid !== undefined, { deadlineMs: 60_000 })
  await theirs.start()
  writeFileSync(join(dir, 'go'), '')
  expect(await started).toMatchObject({
    code: 'MR_LOCAL_PORT_BUSY',
    message: expect.stringMatching(new RegExp(`${place.port} is held by .*set MILLRACE_REDIS_PORT to another port`)),
  })
  expect(ours.pid).toBeUndefined()
  await theirs.stop()
})

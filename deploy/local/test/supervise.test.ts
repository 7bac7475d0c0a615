import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../src/ports.ts'
import { type Supervised, supervise } from '../src/supervise.ts'
import { exchange, until } from '../src/wait.ts'
import { isAlive } from './support/alive.ts'

let dir: string
let running: Supervised

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-supervise-'))
})
afterEach(async () => {
  await running.stop(2_000)
  rmSync(dir, { recursive: true, force: true })
})

test('one that says nothing and is not ready in time is said to have said nothing', async () => {
  running = supervise({
    name: 'mute',
    args: ['-e', 'setInterval(() => {}, 1_000)'],
    cwd: dir,
    env: process.env,
    logFile: join(dir, 'mute.log'),
    isReady: async () => false,
    readyWithinMs: 500,
  })
  await expect(running.ready()).rejects.toThrow(
    /^mute was not ready within 0\.5 s\. It has said nothing yet \(.*mute\.log is empty\)/,
  )
})

test('a killed process is said to be dead, is started again, and is said to be back', async () => {
  const port = await freePort()
  const news: string[] = []
  running = supervise({
    name: 'echo',
    args: ['-e', `require('node:net').createServer((s) => s.end('up')).listen(${port}, '127.0.0.1')`],
    cwd: dir,
    env: process.env,
    logFile: join(dir, 'echo.log'),
    isReady: async () => (await exchange('127.0.0.1', port, Buffer.from('?'), 500)) !== undefined,
    onDeath: (how, delayMs) => news.push(`${how}, again in ${delayMs} ms`),
    onRecovery: () => news.push('back'),
  })
  await running.ready()
  const first = Number(running.pid)
  process.kill(first, 'SIGKILL')
  await until(() => news.length === 2, { deadlineMs: 60_000 })
  expect(news).toEqual(['was ended by SIGKILL, again in 500 ms', 'back'])
  expect(running.pid).not.toBe(first)
})

test('a process that cannot start is given up with the end of its log', async () => {
  running = supervise({
    name: 'broken',
    args: ['-e', `console.error('KAFKA_BROKERS must be host:port'); process.exit(1)`],
    cwd: dir,
    env: process.env,
    logFile: join(dir, 'broken.log'),
    isReady: async () => false,
  })
  await expect(running.ready()).rejects.toThrow(/broken ended 3 times[\s\S]*KAFKA_BROKERS must be host:port/)
})

test('a process that refuses its settings is started once, and what it said is the error', async () => {
  const deaths: string[] = []
  running = supervise({
    name: 'misled',
    args: ['-e', `console.error('misled: 1 setting is wrong:\\n  LOG_LEVEL'); process.exit(78)`],
    cwd: dir,
    env: process.env,
    logFile: join(dir, 'misled.log'),
    isReady: async () => false,
    onDeath: (how) => deaths.push(how),
  })
  const error = await running.ready().catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'MR_LOCAL_SETTING', message: 'misled: 1 setting is wrong:\n  LOG_LEVEL' })
  expect(deaths).toEqual([])
})

test('a process that does not heed SIGTERM is gone after the deadline', async () => {
  let isDeaf = false
  running = supervise({
    name: 'deaf',
    args: ['-e', `process.on('SIGTERM', () => {}); console.log('deaf'); setInterval(() => {}, 1000)`],
    cwd: dir,
    env: process.env,
    logFile: join(dir, 'deaf.log'),
    isReady: async () => isDeaf,
    onLine: () => {
      isDeaf = true
    },
  })
  await running.ready()
  const pid = Number(running.pid)
  await running.stop(200)
  expect(isAlive(pid)).toBe(false)
})

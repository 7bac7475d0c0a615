import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { connectKafka } from '@millrace/kafka'
import { freePort } from '@millrace/local'
import { allTopics } from '@millrace/schemas'
import { patient, quietLog, runService, type ServiceProcess } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from './support/databases.ts'

const directory = mkdtempSync(join(tmpdir(), 'console-'))
const prefix = `t${randomBytes(4).toString('hex')}.`
const adminToken = randomBytes(32).toString('hex')
const linkFile = join(directory, 'link')
const running: ServiceProcess[] = []
let service: ServiceProcess
let url: string
let env: Record<string, string>

beforeAll(async () => {
  const kafka = connectKafka({
    ...patient,
    brokers: (process.env.KAFKA_BROKERS ?? '').split(','),
    clientId: 'test',
    log: quietLog,
    prefix,
  })
  await kafka.ensureTopics(allTopics(), { eventPartitions: 1, replication: 1 })
  await kafka.close()
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  env = {
    KAFKA_BROKERS: process.env.KAFKA_BROKERS ?? '',
    KAFKA_PREFIX: prefix,
    REDIS_URL: process.env.REDIS_URL ?? '',
    CONSOLE_HOST: '127.0.0.1',
    CONSOLE_PORT: String(port),
    CONSOLE_LINK_FILE: linkFile,
    CONSOLE_LOGINS_PER_ADDRESS: '5',
    CONSOLE_ADMIN_TOKEN: adminToken,
    DATABASE_URL: await createTestDatabase(),
    LOG_LEVEL: 'trace',
    // However slow the machine: what is asked is that it ends in order, not how soon.
    SHUTDOWN_DEADLINE_MS: '40000',
  }
  service = await start(env)
})
afterAll(async () => {
  await Promise.all(running.map((one) => one.stop()))
  rmSync(directory, { recursive: true })
})

async function start(settings: Record<string, string>): Promise<ServiceProcess> {
  const started = await runService({ name: 'console', env: settings })
  running.push(started)
  return started
}

/** The command line as a program of its own; resolves with its stdout. */
async function millrace(...args: readonly string[]): Promise<string> {
  const { PATH = '' } = process.env
  const settings = { PATH, MILLRACE_ENV_FILE: '', MILLRACE_CONSOLE_URL: url, MILLRACE_CONSOLE_TOKEN: adminToken }
  const main = join(import.meta.dirname, '../../../packages/cli/src/main.ts')
  return (await promisify(execFile)(process.execPath, [main, ...args], { cwd: directory, env: settings })).stdout
}

async function logIn(body: object): Promise<{ status: number; cookie: string; csrf: string }> {
  const answer = await fetch(`${url}/api/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const { csrf_token: csrf = '' } = (await answer.json()) as { csrf_token?: string }
  return { status: answer.status, cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '', csrf }
}

test('the first start leaves a one-time link for its owner alone; it logs in, and is gone after a password is set', async () => {
  expect(statSync(linkFile).mode & 0o777).toBe(0o600)
  const code = new URL(readFileSync(linkFile, 'utf8').trim()).hash.replace('#code=', '')
  const { status, cookie, csrf } = await logIn({ code })
  expect(status).toBe(200)
  const set = await fetch(`${url}/api/v1/me/password`, {
    method: 'PUT',
    headers: { cookie, 'x-csrf-token': csrf, 'content-type': 'application/json' },
    body: JSON.stringify({ password: 'canary password' }),
  })
  expect(set.status).toBe(204)
  await service.restart()
  expect(() => statSync(linkFile)).toThrow('ENOENT')
  expect((await fetch(`${url}/api/v1/me`, { headers: { cookie } })).status).toBe(200)
  const secrets = [code, cookie.split('=')[1] ?? '', csrf, 'canary']
  expect(secrets.every((secret) => secret.length >= 6)).toBe(true)
  expect(service.log.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([])
})

test('the command line adds users and tokens, and ends them', async () => {
  const link = (await millrace('users', 'add', 'ada', '--role', 'default:viewer')).trim()
  const { status, cookie } = await logIn({ code: new URL(link).hash.replace('#code=', '') })
  expect(status).toBe(200)
  const me = async () => (await fetch(`${url}/api/v1/me`, { headers: { cookie } })).status
  expect(await me()).toBe(200)
  const token = (await millrace('tokens', 'add', 'ci', '--role', 'default:viewer', '--days', 'never')).trim()
  const headers = { authorization: `Bearer ${token}` }
  expect(await (await fetch(`${url}/api/v1/me`, { headers })).json()).toMatchObject({
    name: 'ci',
    tenants: [{ tenant: 'default', role: 'viewer' }],
    everywhere: null,
  })
  expect(await millrace('users', 'change', 'ada', '--disable')).toMatch(/^ada +default:viewer +\S+ +disabled/m)
  expect(await me()).toBe(401)
  await expect(millrace('users', 'add', 'Ada Lovelace', '--role', 'default:viewer')).rejects.toThrow(
    /name must be 1 to 100 lower-case letters.*MR_CONSOLE_INVALID/,
  )
})

test('an address that tries too many logins waits', async () => {
  const statuses: number[] = []
  // Twice as many: the minute in which they count may end among them.
  for (let count = 0; count < 14 && statuses.at(-1) !== 429; count++)
    statuses.push((await logIn({ name: `nobody-${count}`, password: 'wrong' })).status)
  expect(statuses.at(-1)).toBe(429)
  expect(statuses).toContain(401)
})

test('a port that is taken is named with the setting that moves it', async () => {
  const second = start({ ...env, CONSOLE_LINK_FILE: join(directory, 'other') })
  await expect(second).rejects.toThrow(/Port \d+ on 127\.0\.0\.1 is in use; CONSOLE_PORT sets another/)
})

test('a console ends in order', async () => {
  await service.stop(60_000)
  expect(service.ended).toBe(0)
})

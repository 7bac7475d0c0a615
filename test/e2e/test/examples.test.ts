import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { connectKafka } from '@millrace/kafka'
import { exportSchemas, topics, type WebhookEvent } from '@millrace/schemas'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../../..')
const examples = join(root, 'docs/examples')
const cache = join(root, '.local/cache')
const prefix = `t${randomBytes(4).toString('hex')}.`
const schemasDir = join(root, '.local', `${prefix}schemas`)
const brokers = process.env.KAFKA_BROKERS ?? ''
const quiet = () => undefined
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
const kafka = connectKafka({ brokers: brokers.split(','), clientId: 'examples-test', prefix, log })

const event = (n: number): WebhookEvent => ({
  event_id: `evt_${n}`,
  identity: 'provider',
  tenant: 'default',
  account: 'default',
  provider: 'front',
  source: 'front-support',
  origin: 'webhook',
  type: 'message.received',
  priority: 'high',
  provider_type: 'inbound_received',
  completeness: 'full',
  occurred_at: 1_764_547_200_123 + n,
  received_at: 1_764_547_201_000 + n,
  webhook_id: `webhook-${n}`,
  conversation_id: `cnv_${n % 3}`,
  contact_id: null,
  client_id: n % 2 ? 'client' : null,
  received_position: `received-0-${n}`,
  reply_to: null,
  content_type: 'application/json',
  payload: Buffer.from(`{"n":  ${n}, "text": "grüße 🌊"}`),
})
const events = Array.from({ length: 30 }, (_, n) => event(n))
const printed = events.map((one) => ({ ...one, payload: one.payload.toString() }))

beforeAll(async () => {
  await exportSchemas(schemasDir)
  await kafka.ensureTopics([topics.events], { eventPartitions: 4, replication: 1 })
  for (const one of events) await kafka.send(topics.events, `default/${one.conversation_id}`, one)
})

afterAll(async () => {
  await kafka.close()
  rmSync(schemasDir, { recursive: true, force: true })
})

test('the Python example reads every event as it was sent', { timeout: 180_000 }, async () => {
  if (!(await canRun('python3', ['-c', 'import ensurepip, sys; assert sys.version_info >= (3, 9)']))) return
  const python = await pythonWithPackages()
  expectAll(await lines(python, [join(examples, 'python/read_events.py'), '--until-end']))
})

test('the Java example reads every event as it was sent', { timeout: 180_000 }, async () => {
  if (!(await canRun('mvn', ['-v'])) || !(await canRun('java', ['--version']))) return
  const lib = await javaLibraries()
  expectAll(await lines('java', ['-cp', `${lib}/*`, join(examples, 'java/ReadEvents.java'), '--until-end']))
})

/** Only Node is needed to run the tests, so a missing language is said, and a fault only in CI. */
async function canRun(command: string, args: string[]): Promise<boolean> {
  try {
    await run(command, args)
    return true
  } catch (error) {
    if (process.env.CI) throw error
    console.warn(`${command} is missing or too old here, so its example was not run`)
    return false
  }
}

async function lines(command: string, args: string[]): Promise<WebhookEvent[]> {
  const settings = {
    BROKERS: brokers,
    TOPIC: prefix + topics.events.name,
    GROUP: `${prefix}${command}`,
    SCHEMAS_DIR: schemasDir,
  }
  const { stdout } = await run(command, args, { env: { ...process.env, ...settings }, timeout: 60_000 })
  const found = stdout.split('\n').filter((line) => line !== '')
  return found.map((line) => JSON.parse(line))
}

function expectAll(found: readonly WebhookEvent[]): void {
  const number = (one: WebhookEvent) => Number(one.event_id.slice('evt_'.length))
  expect(found.toSorted((a, b) => number(a) - number(b))).toEqual(printed)
  for (const key of ['cnv_0', 'cnv_1', 'cnv_2']) {
    const numbers = found.filter((one) => one.conversation_id === key).map(number)
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
  }
}

async function pythonWithPackages(): Promise<string> {
  const requirements = join(examples, 'python/requirements.txt')
  const dir = await made('python', requirements, async (partial) => {
    await run('python3', ['-m', 'venv', partial])
    await run(join(partial, 'bin/python'), [
      '-m',
      'pip',
      'install',
      '-q',
      '--disable-pip-version-check',
      '-r',
      requirements,
    ])
  })
  return join(dir, 'bin/python')
}

function javaLibraries(): Promise<string> {
  const pom = join(examples, 'java/pom.xml')
  return made('java', pom, async (partial) => {
    await run('mvn', ['-B', '-q', '-ntp', '-f', pom, 'generate-resources', `-Dlib=${partial}`])
  })
}

/** A directory made once for each content of `source`. A half-made one of an interrupted run is made again. */
async function made(name: string, source: string, make: (partial: string) => Promise<void>): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12)
  const dir = join(cache, `example-${name}-${hash}`)
  if (existsSync(dir)) return dir
  mkdirSync(cache, { recursive: true })
  const partial = `${dir}.partial`
  rmSync(partial, { recursive: true, force: true })
  await make(partial)
  renameSync(partial, dir)
  return dir
}

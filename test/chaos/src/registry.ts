// Schema registry mode against a real Confluent-compatible registry (Apicurio): register, refuse an incompatible change, move a running installation over, read with Confluent's Python client, go on while the registry is away.
import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { connectKafka } from '@millrace/kafka'
import { startReport, startStack } from '@millrace/local'
import { schemas, topics, type WireFormat } from '@millrace/schemas'
import { openSchemaRegistry } from '@millrace/service-kit'
import {
  generateEvents,
  postInOrder,
  pythonWith,
  quietLog,
  type RunningSystem,
  runSystem,
  waitFor,
} from '@millrace/test-support'
import { checkEvents } from './check-events.ts'
import { startRegistry } from './registry/start-registry.ts'

const PREFIX = 'registry.'
/** In each of the three parts. */
const EVENTS = Number(process.env.CHAOS_EVENTS ?? 500)
const RATE = 200
const CONVERSATIONS = 50
const SETTLE_MS = 120_000

const report = startReport('chaos registry')
mkdirSync(report.dir, { recursive: true })
const python = await pythonWith(join(import.meta.dirname, 'registry/requirements.txt'))
report.note('fetching and starting the registry')
const registry = await startRegistry(join(report.dir, 'registry.log'))
const stack = await startStack({ dir: join(report.dir, 'stack'), isLongRun: true, say: report.say })
const options = { url: registry.url, prefix: PREFIX, login: undefined }
const expected = new Map<string, string[]>()
let wire: Promise<WireFormat | undefined> | undefined
let system: RunningSystem = await start({})
try {
  report.note('before: no registry')
  await send(1)

  report.note('every process knows the registry, nobody writes its encoding yet')
  const nothing = await system.millrace('schemas', 'register').catch((error: { stderr?: string }) => error.stderr ?? '')
  report.figure('without SCHEMA_REGISTRY_URL the command says so', Number(nothing.includes('SCHEMA_REGISTRY_URL')), {
    exactly: 1,
  })
  await system.stop()
  const known = { SCHEMA_REGISTRY_URL: registry.url, SCHEMA_REGISTRY_WRITES: 'single-object' }
  system = await start(known, () => register(known))
  await send(2)

  report.note('the encoding changes')
  await system.stop()
  system = await start({ SCHEMA_REGISTRY_URL: registry.url })
  await send(3)
  const seen = await readWithPython()
  const ids = new Set(seen.filter(([id]) => id !== 'single-object').map(([, schema]) => schema))
  report.figure('events of three parts', EVENTS * 3)
  report.figure('of them in the encoding before', seen.filter(([id]) => id === 'single-object').length, {
    exactly: EVENTS * 2,
  })
  report.figure("read by Confluent's Python client", seen.filter(([id]) => id !== 'single-object').length, {
    exactly: EVENTS,
  })
  report.figure('schema ids among them', ids.size, { exactly: 1 })

  await refuseIncompatible()

  report.note('the registry goes away')
  await registry.stop()
  await send(4)
  const figures = await ownRead()
  report.figure('lost', figures.lost, { exactly: 0 })
  report.figure('doubled', figures.doubled, { exactly: 0 })
  report.figure('out of order', figures.inversions, { exactly: 0 })
} finally {
  await system.stop()
  await registry.stop()
  await stack.stop()
}
await report.finish()

function start(env: Readonly<Record<string, string>>, before: () => Promise<void> = async () => {}) {
  return before().then(() =>
    runSystem({
      brokers: stack.brokers,
      redisUrl: stack.redisUrl,
      prefix: PREFIX,
      requestsPerMinute: 1_000_000,
      readyWithinMs: 120_000,
      env,
    }),
  )
}

async function register(env: Readonly<Record<string, string>>): Promise<void> {
  const output = await millrace(env, 'schemas', 'register')
  report.note(output.trim().split('\n').at(-1) ?? '')
  const again = await millrace(env, 'schemas', 'register')
  report.figure('new when it is repeated', Number(/(\d+) registered/.exec(again)?.[1]), { exactly: 0 })
}

async function millrace(env: Readonly<Record<string, string>>, ...args: string[]): Promise<string> {
  const script = join(import.meta.dirname, '../../../packages/cli/src/main.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], {
    env: { ...process.env, KAFKA_BROKERS: stack.brokers, KAFKA_PREFIX: PREFIX, MILLRACE_ENV_FILE: '', ...env },
  })
  return stdout
}

async function send(part: number): Promise<void> {
  const traffic = generateEvents({
    count: EVENTS,
    conversations: CONVERSATIONS,
    duplicateRatio: 0.1,
    seed: Date.now() + part,
  })
  for (const [conversation, ids] of traffic.expected)
    expected.set(conversation, [...(expected.get(conversation) ?? []), ...ids])
  await postInOrder({
    url: `${system.gatewayUrl}/api/webhooks/front`,
    secret: system.webhookSecret,
    rate: RATE,
    posts: traffic.events,
    onProgress: ({ acknowledged }) => report.progress(`part ${part}: ${acknowledged} of ${traffic.events.length}`),
  })
  await waitFor(async () => (await ownRead()).lost === 0, {
    what: 'every event',
    deadlineMs: SETTLE_MS,
    everyMs: 1_000,
  })
}

/** By our own reader, which takes both encodings. */
async function ownRead() {
  wire ??= openSchemaRegistry({ ...options, writes: 'confluent' }).catch(() => undefined)
  const opened = await wire
  if (opened === undefined) wire = undefined
  const kafka = connectKafka({
    brokers: stack.brokers.split(','),
    clientId: 'chaos',
    log: quietLog,
    prefix: PREFIX,
    ...(opened && { wire: opened }),
  })
  try {
    return await checkEvents(kafka, expected)
  } finally {
    await kafka.close()
  }
}

async function readWithPython(): Promise<[string, number][]> {
  const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, 'registry/read_events.py')], {
    env: {
      ...process.env,
      BROKERS: stack.brokers,
      TOPIC: `${PREFIX}${topics.events.name}`,
      PARTITIONS: String(await partitionsOfEvents()),
      REGISTRY: registry.url,
    },
    maxBuffer: 64 * 1_048_576,
  })
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([id = '', schema]) => [id, Number(schema)])
}

async function partitionsOfEvents(): Promise<number> {
  const kafka = connectKafka({ brokers: stack.brokers.split(','), clientId: 'chaos', log: quietLog, prefix: PREFIX })
  try {
    return (await kafka.ends(topics.events)).size
  } finally {
    await kafka.close()
  }
}

/** As a release would that drops a field which readers need: whoever registers it is refused, by the registry itself, and so is ours beside another's. */
async function refuseIncompatible(): Promise<void> {
  const text = schemas.WebhookEvent.versions.at(-1)?.avsc ?? ''
  const changed = JSON.parse(text) as { fields: { name: string }[] }
  changed.fields = changed.fields.filter(({ name }) => name !== 'payload')
  const path = `${registry.url}/subjects/${PREFIX}${topics.events.name}-value/versions`
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(changed), schemaType: 'AVRO' }),
  })
  report.figure('status of an incompatible version', response.status, { exactly: 409 })
  // The other way round: the registry holds what our schema does not fit.
  const subject = `${registry.url}/subjects/other.${topics.events.name}-value/versions`
  await fetch(subject, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({
      schema: JSON.stringify({
        type: 'record',
        name: 'WebhookEvent',
        namespace: 'io.millrace',
        fields: [{ name: 'event_id', type: 'long' }],
      }),
      schemaType: 'AVRO',
    }),
  })
  await fetch(`${registry.url}/config/other.${topics.events.name}-value`, {
    method: 'PUT',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ compatibility: 'FULL_TRANSITIVE' }),
  })
  const env = { SCHEMA_REGISTRY_URL: registry.url, KAFKA_PREFIX: 'other.' }
  const refused = await millrace(env, 'schemas', 'register').then(
    () => '',
    (error: { stderr?: string }) => error.stderr ?? '',
  )
  report.note(refused.trim().slice(0, 300))
  report.figure('millrace schemas register refuses and names it', Number(refused.includes(topics.events.name)), {
    exactly: 1,
  })
  const subjects = (await (await fetch(`${registry.url}/subjects`)).json()) as string[]
  report.figure(
    'subjects registered by the refused run',
    subjects.filter((one) => one.startsWith('other.')).length - 1,
    {
      exactly: 0,
    },
  )
}

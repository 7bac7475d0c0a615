import { topicKey } from '@millrace/domain'
import { connectKafka } from '@millrace/kafka'
import { type Endpoint, topics } from '@millrace/schemas'
import { newSecretKey, open, parseSecretKeys } from '@millrace/signing'
import { beforeAll, expect, test, vi } from 'vitest'
import { type Env, jsonLines, millrace, ownTopics } from './support/millrace.ts'
import { runInside } from './support/run-inside.ts'

const keys = newSecretKey('test')
const env: Env = { ...ownTopics(), MILLRACE_SECRET_KEYS: keys }

beforeAll(async () => {
  await millrace(['topics', 'create'], env)
})

async function stored(endpointId: string): Promise<Endpoint | undefined> {
  const { out } = await millrace(['tail', 'endpoints', '--until-end'], env)
  const records = jsonLines(out) as { key: string; value: Endpoint | null }[]
  return records.findLast(({ key }) => key.endsWith(endpointId))?.value ?? undefined
}

test('an added endpoint is stored with a secret that only its own key opens', async () => {
  const { code, out } = await millrace(['endpoints', 'add', 'https://customer.example/hooks?a=1', '--json'], env)
  expect(code).toBe(0)
  const { endpoint_id, secret } = JSON.parse(out)
  const endpoint = await stored(endpoint_id)
  expect(endpoint).toMatchObject({ tenant: 'default', url: 'https://customer.example/hooks?a=1', is_enabled: true })
  const sealed = endpoint?.sealed_secrets[0] ?? ''
  expect(open(sealed, parseSecretKeys(keys), topicKey('default', endpoint_id)).toString()).toBe(secret)
  expect(() => open(sealed, parseSecretKeys(keys), topicKey('default', 'ep_other'))).toThrow()
})

test('the list shows filters and never a secret', async () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  const args = ['--types', 'message.*,conversation.archived', '--conversation', 'cnv_9', '--tenant', 'acme']
  await millrace(['endpoints', 'add', 'https://a.example', '--secret', secret, ...args], env)
  const { out } = await millrace(['endpoints', 'list', '--tenant', 'acme', '--json'], env)
  expect(jsonLines(out)).toMatchObject([
    { tenant: 'acme', event_types: ['message.*', 'conversation.archived'], conversation_id: 'cnv_9', secrets: 1 },
  ])
  expect(out).not.toContain('whsec_')
  expect(out).not.toContain('mrs1.')
})

test('a removed endpoint is gone, and removing it again fails', async () => {
  const added = await millrace(['endpoints', 'add', 'https://b.example', '--tenant', 'gone', '--json'], env)
  const { endpoint_id } = JSON.parse(added.out)
  const first = await millrace(['endpoints', 'remove', endpoint_id], env)
  const second = await millrace(['endpoints', 'remove', endpoint_id], env)
  const list = await millrace(['endpoints', 'list', '--tenant', 'gone', '--json'], env)
  expect([first.code, second.code, list.out]).toEqual([0, 1, ''])
  expect(second.err).toBe(`millrace: there is no endpoint ${endpoint_id}\n`)
})

test('an event type that nothing is known to have is taken, and named on stderr', async () => {
  const types = 'mesage.*,message.*,front.call_started'
  const { code, err } = await millrace(['endpoints', 'add', 'https://c.example', '--types', types], env)
  expect(code).toBe(0)
  expect(err).toContain('mesage.* matches no known event type')
  expect(err).not.toContain('front.call_started')
  expect(err.split('\n').filter((line) => line.includes('matches no'))).toHaveLength(1)
})

const refused: readonly (readonly [string[], string])[] = [
  [['http://customer.example'], 'https only'],
  [['ftp://customer.example'], 'ftp:// is not taken'],
  [['https://user:secret@customer.example'], 'user name or password'],
  [['customer.example'], 'is no URL'],
  [['https://customer.example', '--types', 'message..x'], 'is no event type'],
  [['https://customer.example', '--secret', 'hunter2'], 'begins with whsec_'],
  [['https://customer.example', '--tenant', 'a/b'], '--tenant is a name'],
]

test.each(refused)('endpoints add %j is refused before anything is written', async (args, problem) => {
  vi.stubEnv('MILLRACE_SECRET_KEYS', keys)
  vi.stubEnv('KAFKA_BROKERS', '127.0.0.1:1')
  const { code, err } = await runInside(['endpoints', 'add', ...args])
  vi.unstubAllEnvs()
  expect(code).toBe(2)
  expect(err).toContain(problem)
})

test('http endpoints are taken where the setting says so', async () => {
  const { code } = await millrace(['endpoints', 'add', 'http://127.0.0.1:9/x'], { ...env, DELIVERY_ALLOW_HTTP: 'true' })
  expect(code).toBe(0)
})

test('without keys nothing can be stored, and the setting is named', async () => {
  const { MILLRACE_SECRET_KEYS: _, ...without } = env
  const { code, err } = await millrace(['endpoints', 'add', 'https://c.example'], without)
  expect(code).toBe(1)
  expect(err).toContain('MILLRACE_SECRET_KEYS is not set')
})

test('what was added can be read as the topic says', async () => {
  const kafka = connectKafka({
    brokers: env.KAFKA_BROKERS?.split(',') ?? [],
    clientId: 'cli-test',
    log: { debug() {}, info() {}, warn() {}, error() {} },
    prefix: env.KAFKA_PREFIX ?? '',
  })
  const table = kafka.table(topics.endpoints)
  await table.ready
  for (const [key, { tenant, endpoint_id }] of table.entries()) expect(key).toBe(topicKey(tenant, endpoint_id))
  await kafka.close(2_000)
})

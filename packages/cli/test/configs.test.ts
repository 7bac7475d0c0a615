import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newSecretKey } from '@millrace/signing'
import { beforeAll, expect, test, vi } from 'vitest'
import { type Env, jsonLines, millrace, ownTopics } from './support/millrace.ts'
import { inside, runInside } from './support/run-inside.ts'

const env: Env = { ...ownTopics(), MILLRACE_SECRET_KEYS: newSecretKey('test'), DELIVERY_ALLOW_PRIVATE: 'true' }

beforeAll(async () => {
  await millrace(['topics', 'create'], env)
})

const config = {
  channel: 'WHATSAPP',
  usecase: 'support',
  config: { workflow_id: 'wf_1', callback_url: 'https://bot.example/callback' },
}

test('a config is listed as it was set, and set again it is the same one with its secret', async () => {
  const first = await inside(['configs', 'set', JSON.stringify(config), '--json'], env)
  expect(first.code).toBe(0)
  const { endpoint_id, secret } = JSON.parse(first.out)
  expect(secret).toMatch(/^whsec_/)
  const again = { ...config, config: { ...config.config, callback_url: 'https://bot.example/v2' } }
  const second = await inside(['configs', 'set', JSON.stringify(again), '--json'], env)
  expect(JSON.parse(second.out)).toEqual({ endpoint_id, url: 'https://bot.example/v2', secrets: [], public_keys: [] })
  const { out } = await inside(['configs', 'list', '--json'], env)
  expect(jsonLines(out)).toEqual([
    { endpoint_id, tenant: 'default', conversation_id: null, is_enabled: true, ...again },
  ])
})

test('a file of configs is taken at once, and what the list says can be set again', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'millrace-')), 'configs.json')
  const all = [config, { ...config, channel: undefined, usecase: undefined, conversation_id: 'cnv_1' }]
  await writeFile(file, JSON.stringify(all))
  const { code } = await inside(['configs', 'set', `@${file}`, '--tenant', 'acme'], env)
  expect(code).toBe(0)
  const { out } = await inside(['configs', 'list', '--json', '--tenant', 'acme'], env)
  const listed = jsonLines(out)
  expect(listed).toHaveLength(2)
  const set = await millrace(['configs', 'set', '-', '--tenant', 'acme', '--json'], env, JSON.stringify(listed))
  expect(jsonLines(set.out).map(({ endpoint_id }) => endpoint_id)).toEqual(listed.map((each) => each.endpoint_id))
})

const refused: readonly (readonly [string[], string])[] = [
  [['http://bot.net/x'], 'refused by scheme'],
  [['{'], 'CONFIG is a URL, JSON, @FILE or -'],
  [['@/nowhere.json'], 'there is no such file'],
  [['[1]'], '[0] must be an object'],
  [[JSON.stringify([config, { ...config, channel: 'EMAIL' }])], '[1].channel must be API, WHATSAPP, SMS'],
  [[JSON.stringify({ ...config, workflow_id: 'x' })], 'workflow_id is unknown'],
  [[JSON.stringify({ config: {} })], 'config.callback_url must be the URL'],
  [[JSON.stringify(config), '--channel', 'SMS'], 'JSON says conversation, channel'],
  [['https://bot.net/x', '--channel', 'FAX'], 'channel must be API, WHATSAPP, SMS'],
]
test.each(refused)('configs set %j is refused before anything is written', async (args, problem) => {
  vi.stubEnv('MILLRACE_SECRET_KEYS', env.MILLRACE_SECRET_KEYS ?? '')
  vi.stubEnv('KAFKA_BROKERS', '127.0.0.1:1')
  const { code, err } = await runInside(['configs', 'set', ...args])
  vi.unstubAllEnvs()
  expect(code).toBe(2)
  expect(err).toContain(problem)
})

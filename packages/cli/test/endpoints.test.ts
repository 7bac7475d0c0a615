import { sealedFor, topicKey } from '@millrace/domain'
import { connectKafka } from '@millrace/kafka'
import { type Endpoint, type EndpointState, topics } from '@millrace/schemas'
import { newSecretKey, open, parseSecretKeys } from '@millrace/signing'
import { patient, quietLog, startNameServer } from '@millrace/test-support'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { type Env, jsonLines, millrace, ownTopics } from './support/millrace.ts'
import { inside, runInside } from './support/run-inside.ts'

const keys = newSecretKey('test')
const env: Env = { ...ownTopics(), MILLRACE_SECRET_KEYS: keys, DELIVERY_ALLOW_PRIVATE: 'true' }

beforeAll(async () => {
  await millrace(['topics', 'create'], env)
})

const stored = (endpointId: string) => storedIn(env, endpointId)

async function storedIn(where: Env, endpointId: string): Promise<Endpoint | undefined> {
  const { out } = await inside(['tail', 'endpoints', '--until-end'], where)
  const records = jsonLines(out) as { key: string; value: Endpoint | null }[]
  return records.findLast(({ key }) => key.endsWith(endpointId))?.value ?? undefined
}

test('an added endpoint is stored with a secret that only its own key opens', async () => {
  const { code, out } = await millrace(['endpoints', 'add', 'https://customer.example/hooks?a=1', '--json'], env)
  expect(code).toBe(0)
  const { endpoint_id, secret } = JSON.parse(out)
  const endpoint = await stored(endpoint_id)
  expect(endpoint).toMatchObject({ tenant: 'default', url: 'https://customer.example/hooks?a=1', is_enabled: true })
  const sealed = endpoint?.secrets[0]?.sealed ?? ''
  const opened = (id: string) =>
    open(sealed, parseSecretKeys(keys), sealedFor({ tenant: 'default', endpoint_id: id }, 'secret')).toString()
  expect(opened(endpoint_id)).toBe(secret)
  expect(() => opened('ep_other')).toThrow()
})

test('the list shows filters and never a secret', async () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  const args = ['--types', 'message.*,conversation.archived', '--conversation', 'cnv_9', '--tenant', 'acme']
  await inside(['endpoints', 'add', 'https://a.example', '--secret', secret, ...args], env)
  const { out } = await inside(['endpoints', 'list', '--tenant', 'acme', '--json'], env)
  expect(jsonLines(out)).toMatchObject([
    {
      tenant: 'acme',
      event_types: ['message.*', 'conversation.archived'],
      conversation_id: 'cnv_9',
      secrets: [{ kind: 'v1', public_key: null, not_after: null }],
    },
  ])
  expect(out).not.toContain('whsec_')
  expect(out).not.toContain('mrs1.')
})

test('what is set on an endpoint is shown, and header values are not', async () => {
  const args = [
    '--tags',
    'vip',
    '--order',
    'conversation',
    '--retries',
    '4s,10m',
    '--per-minute',
    '600',
    '--timeout',
    '5s',
  ]
  const secrets = ['--header', 'Authorization: Bearer hunter2', '--signature', 'both']
  const added = await inside(['endpoints', 'add', 'https://d.example', '--json', ...args, ...secrets], env)
  const { endpoint_id, secrets: shown, public_keys } = JSON.parse(added.out)
  // The private key stays with us.
  expect([shown, public_keys]).toEqual([[expect.stringMatching(/^whsec_/)], [expect.stringMatching(/^whpk_/)]])
  const { out } = await inside(['endpoints', 'show', endpoint_id], env)
  expect(out).toMatch(/^tags +vip$/m)
  expect(out).toMatch(/^retries +4s, 10m$/m)
  expect(out).toMatch(/^headers +authorization$/m)
  expect(out).toMatch(/^secret +sec_\S+ {2}v1a {2}current {2}whpk_/m)
  expect(out).not.toMatch(/hunter2|whsec_|whsk_|mrs1\./)
  const endpoint = await stored(endpoint_id)
  const bound = endpoint === undefined ? '' : sealedFor(endpoint, 'header:authorization')
  const value = open(endpoint?.sealed_headers.authorization ?? '', parseSecretKeys(keys), bound).toString()
  expect(value).toBe('Bearer hunter2')

  const { out: key } = await inside(['endpoints', 'key', endpoint_id], env)
  expect(key.trim()).toBe(endpoint?.secrets.find(({ kind }) => kind === 'v1a')?.public_key)

  const update = ['endpoints', 'update', endpoint_id, '--tags', 'none', '--header', 'none', '--retries', '1m']
  expect((await inside(update, env)).code).toBe(0)
  expect(await stored(endpoint_id)).toMatchObject({
    tags: [],
    sealed_headers: {},
    retry_delays_ms: [60_000],
    order: 'conversation',
    max_per_minute: 600,
  })
})

test('a paused endpoint is enabled again, with a new time of change', async () => {
  const added = await inside(['endpoints', 'add', 'https://e.example', '--json'], env)
  const { endpoint_id } = JSON.parse(added.out)
  await inside(['endpoints', 'disable', endpoint_id], env)
  const disabled = await stored(endpoint_id)
  await inside(['endpoints', 'enable', endpoint_id], env)
  const enabled = await stored(endpoint_id)
  expect([disabled?.is_enabled, enabled?.is_enabled]).toEqual([false, true])
  expect(enabled?.updated_at).toBeGreaterThan(disabled?.updated_at ?? 0)
})

test('after a rotation both secrets sign for a day, after a change of the key all open with the new one alone', async () => {
  const own = { ...env, ...ownTopics() }
  await inside(['topics', 'create'], own)
  const added = await inside(['endpoints', 'add', 'https://f.example', '--json', '--header', 'x-a: b'], own)
  const { endpoint_id, secret } = JSON.parse(added.out)
  const rotated = await inside(['endpoints', 'rotate', endpoint_id, '--json'], own)
  const [fresh] = JSON.parse(rotated.out).secrets

  const next = newSecretKey('next')
  const reseal = await inside(['endpoints', 'reseal'], { ...own, MILLRACE_SECRET_KEYS: `${next},${keys}` })
  expect(reseal.out).toBe('1 written with key next, 0 were so already, 0 failed\n')
  const again = await inside(['endpoints', 'reseal'], { ...own, MILLRACE_SECRET_KEYS: `${next},${keys}` })
  expect(again.out).toBe('0 written with key next, 1 were so already, 0 failed\n')

  const endpoint = await storedIn(own, endpoint_id)
  const opened = endpoint?.secrets.map(({ sealed }) =>
    open(sealed, parseSecretKeys(next), sealedFor(endpoint, 'secret')).toString(),
  )
  expect(opened).toEqual([fresh, secret])
  const [current, old] = endpoint?.secrets ?? []
  expect(current?.not_after).toBeNull()
  expect((old?.not_after ?? 0) - (current?.created_at ?? 0)).toBe(86_400_000)

  const lost = await inside(['endpoints', 'reseal'], { ...own, MILLRACE_SECRET_KEYS: newSecretKey('other') })
  expect(lost.code).toBe(1)
  expect(lost.err).toContain(`${endpoint_id} is left as it is`)
})

test('list and show tell what the service made of an endpoint, until its owner enables it anew', async () => {
  const tenant = 'states'
  const add = async (host: string) => {
    const { out } = await inside(['endpoints', 'add', `https://${host}`, '--tenant', tenant, '--json'], env)
    return (JSON.parse(out) as { endpoint_id: string }).endpoint_id
  }
  const [well, gone, failing, open, off] = [
    await add('a.example'),
    await add('b.example'),
    await add('c.example'),
    await add('d.example'),
    await add('e.example'),
  ]
  await inside(['endpoints', 'disable', off], env)
  const kafka = connectKafka({
    ...patient,
    brokers: env.KAFKA_BROKERS?.split(',') ?? [],
    clientId: 'test',
    log: quietLog,
    prefix: env.KAFKA_PREFIX ?? '',
  })
  const learnt = (endpoint_id: string, changes: Partial<EndpointState>) =>
    kafka.send(topics.endpointStates, topicKey(tenant, endpoint_id), {
      tenant,
      endpoint_id,
      breaker: 'closed',
      open_until: 0,
      times_opened: 0,
      failing_since: null,
      last_success_at: null,
      blocked_until: 0,
      disabled_at: null,
      disabled_reason: '',
      noticed_percent: 0,
      updated_at: Date.now(),
      ...changes,
    })
  const at = Date.now()
  await learnt(gone, { disabled_at: at, disabled_reason: 'gone' })
  await learnt(failing, { disabled_at: at, disabled_reason: 'failing', failing_since: 1_700_000_000_000 })
  await learnt(open, { breaker: 'open', open_until: at + 60_000, failing_since: 1_700_000_000_000 })
  await kafka.close(2_000)

  const statesOf = async () => {
    const { out } = await inside(['endpoints', 'list', '--tenant', tenant, '--json'], env)
    return new Map(jsonLines(out).map(({ endpoint_id, state }) => [endpoint_id, state]))
  }
  expect(await statesOf()).toEqual(
    new Map([
      [well, 'enabled'],
      [gone, 'gone'],
      [failing, 'failing'],
      [open, 'enabled'],
      [off, 'disabled'],
    ]),
  )
  const table = (await inside(['endpoints', 'list', '--tenant', tenant], env)).out
  for (const [id, word] of [
    [well, 'enabled'],
    [gone, 'gone \\(410\\)'],
    [failing, 'disabled: failing'],
    [open, 'enabled, breaker open'],
    [off, 'disabled'],
  ])
    expect(table).toMatch(new RegExp(`^${id} +${tenant} +${word} +general`, 'm'))
  const shown = async (id: string) => (await inside(['endpoints', 'show', id], env)).out
  expect(await shown(gone)).toContain(`answered 410 and is disabled since ${new Date(at).toISOString()}`)
  expect(await shown(gone)).toContain(`millrace endpoints enable ${gone}`)
  expect(await shown(open)).toMatch(
    new RegExp(`^breaker +open, next probe ${new Date(at + 60_000).toISOString()}$`, 'm'),
  )
  expect(await shown(open)).toMatch(/^failing since +2023-11-14T22:13:20.000Z$/m)
  expect(await shown(off)).toMatch(/^state +disabled by its owner$/m)

  await inside(['endpoints', 'enable', gone], env)
  expect((await statesOf()).get(gone)).toBe('enabled')
})

test('the schemas of payloads are shown', async () => {
  const { code, out } = await runInside(['endpoints', 'schema', 'message.v1'])
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ $id: 'urn:millrace:schema:message:v1' })
  expect((await runInside(['endpoints', 'schema', 'message.v9'])).code).toBe(2)
})

test('a removed endpoint is gone, and removing it again fails', async () => {
  const added = await inside(['endpoints', 'add', 'https://b.example', '--tenant', 'gone', '--json'], env)
  const { endpoint_id } = JSON.parse(added.out)
  const first = await inside(['endpoints', 'remove', endpoint_id], env)
  const second = await inside(['endpoints', 'remove', endpoint_id], env)
  const list = await inside(['endpoints', 'list', '--tenant', 'gone', '--json'], env)
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
  [['http://customer.net'], 'refused by scheme'],
  [['ftp://customer.net'], 'refused by scheme'],
  [['https://user:secret@customer.net'], 'user name or password'],
  [['customer.net'], 'no absolute URL'],
  [['https://127.1/'], '127.0.0.1 is loopback'],
  [['https://customer.net:6379/'], 'refused by port'],
  [['https://customer.example', '--types', 'message..x'], 'is not an event type'],
  [['https://customer.example', '--secret', 'hunter2'], 'begins with whsec_'],
  [['https://customer.example', '--tenant', 'a/b'], '--tenant is a name'],
  [['https://customer.example', '--channels', 'EMAIL'], '--channels: "EMAIL" is not API, WHATSAPP, SMS'],
  [['https://customer.example', '--inboxes', '7'], 'is not an inbox id'],
  [['https://customer.example', '--filter', '{"a":1}'], '--filter: a breaks the rule: it is an object of fields'],
  [['https://customer.example', '--header', 'Host: x'], 'is set by the sender itself'],
  [['https://customer.example', '--header', 'x-a: b\r\nc'], '--header: '],
  [['https://customer.example', '--retries', '4s,soon'], '"soon" is not a time such as 4s'],
  [['https://customer.example', '--give-up', '80h'], 'is not a time of 1s to 72h'],
  [['https://customer.example', '--max-in-flight', '0'], 'is not a number of 1 to 1000'],
  [['https://customer.example', '--order', 'yes'], 'is not none or conversation'],
  [['https://customer.example', '--signature', 'v2'], '--signature is v1, v1a or both'],
]

test.each(refused)('endpoints add %j is refused before anything is written', async (args, problem) => {
  vi.stubEnv('MILLRACE_SECRET_KEYS', keys)
  vi.stubEnv('KAFKA_BROKERS', '127.0.0.1:1')
  if (args[0]?.endsWith('.example')) vi.stubEnv('DELIVERY_ALLOW_PRIVATE', 'true')
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
    ...patient,
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

describe('endpoints check', () => {
  async function checking(input: string, ...args: string[]) {
    return checkingWith({ DELIVERY_ALLOW_PRIVATE: '' }, input, ...args)
  }

  async function checkingWith(settings: Env, input: string, ...args: string[]) {
    const names = await startNameServer({
      'hooks.customer.net': ['93.184.215.14'],
      'meta.customer.net': ['169.254.169.254'],
    })
    const strict = {
      ...env,
      ...settings,
      DELIVERY_DNS_SERVERS: names.address,
      KAFKA_BROKERS: '127.0.0.1:1',
    }
    const result = await millrace(['endpoints', 'check', ...args], strict, input)
    await names.close()
    return { ...result, lines: result.out.trimEnd().split('\n') }
  }

  test('says of each URL, one a line, accepted or refused and by which rule', async () => {
    const urls = [
      'https://hooks.customer.net/a',
      'https://meta.customer.net/',
      'https://[::ffff:10.0.0.1]/',
      'https://nowhere.customer.net/',
    ]
    const { code, lines } = await checking('', ...urls)
    expect(code).toBe(1)
    expect(lines).toEqual([
      'accepted  https://hooks.customer.net/a',
      'refused   https://meta.customer.net/  address-forbidden: meta.customer.net leads to 169.254.169.254, which is link-local',
      'refused   https://[::ffff:10.0.0.1]/  address-forbidden: ::ffff:a00:1 is carries-ipv4',
      'refused   https://nowhere.customer.net/  name-unresolved: nowhere.customer.net does not exist',
    ])
  })

  test('reads URLs from stdin, and ends with 0 when all are accepted', async () => {
    const { code, lines } = await checking(
      'https://hooks.customer.net/1\n\nhttps://hooks.customer.net/2\n',
      '-',
      '--json',
    )
    expect(code).toBe(0)
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { url: 'https://hooks.customer.net/1', accepted: true },
      { url: 'https://hooks.customer.net/2', accepted: true },
    ])
  })

  test('shows a URL as it was given but for what would steer the terminal, without the blanks around it', async () => {
    const { lines, err } = await checking('  https://[::]/ \nhttps://a\\b.net/"\u001b[2J\u202e\n', '-')
    expect(lines).toEqual([
      'refused   https://[::]/  address-forbidden: :: is unspecified',
      'refused   https://a\\b.net/"\\u{1b}[2J\\u{202e}  url-malformed: not an absolute URL',
    ])
    expect(err).toBe('')
  })

  test('says which settings let more be accepted than a service for customers would', async () => {
    const loose = { DELIVERY_ALLOW_PRIVATE: 'true', DELIVERY_ALLOW_HTTP: 'true' }
    const { code, lines, err } = await checkingWith(loose, '', 'http://127.0.0.1:4000/')
    expect([code, lines]).toEqual([0, ['accepted  http://127.0.0.1:4000/']])
    expect(err).toMatch(
      /^DELIVERY_ALLOW_PRIVATE and DELIVERY_ALLOW_HTTP are set: .* are accepted here, and refused without\n$/,
    )
  })
})

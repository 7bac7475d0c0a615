import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectKafka } from '@millrace/kafka'
import { freePort } from '@millrace/local'
import { topics } from '@millrace/schemas'
import { makeApiKey, verify } from '@millrace/signing'
import {
  FRONT_PATH,
  MAKE_PATH,
  patient,
  quietLog,
  runService,
  type ServiceProcess,
  signFront,
  waitFor,
} from '@millrace/test-support'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { millrace, ownTopics, start } from './support/millrace.ts'

const own = ownTopics()
const env = {
  ...own,
  WEBHOOK_SECRET: 'front-secret',
  FRONT_RULE_SECRET: 'rule-secret',
  MAKE_COM_WEBHOOK_SECRET: 'make-secret',
  GATEWAY_STATUS_TOKEN: 'token-to-watch-with',
}
let gateway: ServiceProcess
let url: string
beforeAll(async () => {
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  const kafka = connectKafka({
    ...patient,
    brokers: (own.KAFKA_BROKERS ?? '').split(','),
    clientId: 'test',
    log: quietLog,
    prefix: own.KAFKA_PREFIX ?? '',
  })
  await kafka.ensureTopics([topics.received], { eventPartitions: 1, replication: 1 })
  await kafka.close()
  gateway = await runService({
    name: 'gateway',
    env: {
      ...env,
      REDIS_URL: process.env.REDIS_URL ?? '',
      REDIS_PREFIX: own.KAFKA_PREFIX ?? '',
      GATEWAY_PORT: String(port),
      WEBHOOK_TIMEOUT_SECONDS: '1',
    },
  })
})
afterAll(() => gateway?.stop())

/** Runs `connect` against the gateway; resolves what was printed so far, and its end. */
function connect(args: readonly string[], more: Record<string, string> = {}) {
  const child = start(['connect', ...args, '--gateway', url, '--base-url', url], { ...env, ...more })
  let out = ''
  child.stdout?.on('data', (chunk) => {
    out += chunk
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const printed = (text: string) => waitFor(() => out.includes(text), { what: `"${text}"` })
  return { child, ended, printed, out: () => out }
}

const sync = Buffer.from('{"type":"sync","authorization":{"id":"cmp_abc"}}')
const post = (path: string, body: Buffer, headers: Record<string, string>) =>
  fetch(url + path, { method: 'POST', headers, body: new Uint8Array(body) })
const challenge = (secret: string) =>
  post(FRONT_PATH, sync, { ...signFront(sync, 'app', secret), 'x-front-challenge': 'abc' })

test('connect front shows the exact URL, explains a failing signature, and ends when the challenge was answered', async () => {
  const running = connect(['front', '--kind', 'app'])
  await running.printed('Waiting for front')
  expect(running.out()).toContain(`${url}${FRONT_PATH}`)
  expect(running.out()).toContain('App secret')
  expect((await challenge('another-secret')).status).toBe(401)
  await running.printed('refused: signature-mismatch')
  await running.printed('not the OAuth client secret')
  expect((await challenge('rule-secret')).status).toBe(401)
  await running.printed('Likely:')
  expect((await challenge('front-secret')).status).toBe(200)
  expect(await running.ended).toBe(0)
  expect(running.out()).toContain('Connected.')
  expect(running.out()).not.toMatch(/front-secret|rule-secret|another-secret|token-to-watch/)
})

const evented = (scheme: 'app' | 'rule' | 'plain', secret: string) => {
  const event = Buffer.from(JSON.stringify({ type: 'comment', id: `evt_${scheme}_${Date.now()}` }))
  return post(FRONT_PATH, event, signFront(event, scheme, secret))
}

test('connect front --kind rule takes only an event that a rule webhook signed for success', async () => {
  const running = connect(['front', '--kind', 'rule'])
  await running.printed('Waiting for front')
  expect((await challenge('front-secret')).status).toBe(200)
  await running.printed('The challenge came')
  expect((await evented('app', 'front-secret')).status).toBe(200)
  await running.printed('An event came (scheme app)')
  await running.printed('Still waiting for an event with scheme rule.')
  expect(running.out()).not.toContain('Connected.')
  expect((await evented('rule', 'rule-secret')).status).toBe(200)
  expect(await running.ended).toBe(0)
  expect(running.out()).toContain('An event came (scheme rule)')
})

test('connect front --kind app does not take the event of a rule webhook, nor one in the simple form, for success', async () => {
  const running = connect(['front', '--kind', 'app'])
  await running.printed('Waiting for front')
  expect((await evented('rule', 'rule-secret')).status).toBe(200)
  await running.printed('An event came (scheme rule)')
  expect((await evented('plain', 'front-secret')).status).toBe(200)
  await running.printed('An event came (scheme plain)')
  expect(running.out()).not.toContain('Connected.')
  expect((await evented('app', 'front-secret')).status).toBe(200)
  expect(await running.ended).toBe(0)
  expect(running.out()).toContain('Connected.')
})

test('connect make writes a scenario whose request the gateway takes once the key is pasted', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'blueprint-')), 'scenario.json')
  const running = connect(['make', '--blueprint', file])
  await running.printed('Waiting for make')
  const { flow } = JSON.parse(await readFile(file, 'utf8'))
  const http = flow.find(({ module }: { module: string }) => module === 'http:ActionSendData')
  expect(http.mapper.url).toBe(url + MAKE_PATH)
  expect([http.parameters.handleErrors, http.onerror[0].module, http.onerror[0].mapper.retry]).toEqual([
    true,
    'builtin:Break',
    true,
  ])
  expect(Number(http.mapper.timeout)).toBeGreaterThan(30)
  const filled = (text: string) =>
    text
      .replace(/^PASTE .*$/, 'make-secret')
      .replace('{{1.client_id}}', 'client-1')
      .replace('{{2.idempotency_key}}', 'run-1')
      .replace('{{3.json}}', '{"id":"task_1","name":"Call back"}')
  const headers = Object.fromEntries(
    http.mapper.headers.map(({ name, value }: { name: string; value: string }) => [name.toLowerCase(), filled(value)]),
  )
  const body = Buffer.from(filled(http.mapper.data))
  expect(verify(makeApiKey, { headers, body }, [{ id: 'm', secret: 'make-secret' }], Date.now()).ok).toBe(true)
  // Nobody makes the answer here: the event is stored, and the caller is told to come again.
  expect((await post(MAKE_PATH, body, { ...headers, 'content-type': http.mapper.contentType })).status).toBe(408)
  expect(await running.ended).toBe(0)
  expect(running.out()).toContain('An event came')
})

test('Ctrl-C ends the wait with 130 and says that nothing was changed', async () => {
  const running = connect(['front', '--kind', 'app'])
  let err = ''
  running.child.stderr?.on('data', (chunk) => {
    err += chunk
  })
  await running.printed('Waiting for front')
  running.child.kill('SIGINT')
  expect(await running.ended).toBe(130)
  expect(err).toBe('Stopped; nothing was changed.\n')
})

test('a gateway that is restarted meanwhile, with the secret just set, is waited for', async () => {
  const running = connect(['front', '--kind', 'app'])
  await running.printed('Waiting for front')
  await gateway.restart()
  expect((await challenge('front-secret')).status).toBe(200)
  expect(await running.ended).toBe(0)
  expect(running.out()).toContain('Connected.')
})

test('when nothing comes in time it says where to look, and fails', async () => {
  const { code, out } = await millrace(['connect', 'front', '--timeout', '1', '--gateway', url, '--base-url', url], env)
  expect(code).toBe(1)
  expect(out).toContain('Nothing came in time')
})

test('what is missing is one line each: the address, the token, the right token', async () => {
  const args = ['connect', 'front', '--gateway', url]
  const { GATEWAY_STATUS_TOKEN: _, ...withoutToken } = env
  const [noAddress, noToken, wrong, steps] = await Promise.all([
    millrace(args, env),
    millrace([...args, '--base-url', url], withoutToken),
    millrace([...args, '--base-url', url], { ...env, GATEWAY_STATUS_TOKEN: 'another-token-of-16' }),
    millrace(['connect', 'front', '--no-wait'], { ...withoutToken, WEBHOOK_BASE_URL: 'https://hooks.example.com/' }),
  ])
  expect([noAddress, noToken, wrong].map(({ code }) => code)).toEqual([1, 1, 1])
  expect(noAddress.err).toContain('WEBHOOK_BASE_URL is not set')
  expect(noToken.err).toContain('GATEWAY_STATUS_TOKEN is not set')
  expect(wrong.err).toContain('does not take this GATEWAY_STATUS_TOKEN')
  expect(steps.code).toBe(0)
  expect(steps.out).toContain(`https://hooks.example.com${FRONT_PATH}`)
})

test('with a sources file the secret belongs into its entry there, since the variables are not read', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'connect-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const [file, blueprint] = [join(dir, 'sources.yaml'), join(dir, 'scenario.json')]
  const entry = (provider: string) =>
    `{ name: ${provider}-acme, provider: ${provider}, secrets: [{ secret: ${provider}s-own }] }`
  await writeFile(file, `sources: [${entry('front')}, ${entry('make')}]\n`)
  const common = ['--no-wait', '--base-url', url]
  const calls = [
    ['front', '--kind', 'app', ...common],
    ['front', '--kind', 'rule', ...common],
    ['make', '--blueprint', blueprint, ...common],
  ]
  const outs = await Promise.all(
    calls.map((args) => millrace(['connect', ...args], { ...env, MILLRACE_SOURCES: file })),
  )
  for (const [place, source] of ['front-acme', 'front-acme', 'make-acme'].entries()) {
    expect(outs[place]?.out).toContain(`into \`secrets\` of source ${source} in ${file}`)
    expect(outs[place]?.out).not.toMatch(/WEBHOOK_SECRET|FRONT_RULE_SECRET/)
  }
  expect(await readFile(blueprint, 'utf8')).not.toContain('MAKE_COM_WEBHOOK_SECRET')
  const { out } = await millrace(['connect', 'front', '--kind', 'app', ...common], env)
  expect(out).toContain('into WEBHOOK_SECRET of the gateway')
})

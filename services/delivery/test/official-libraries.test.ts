import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Endpoint } from '@millrace/schemas'
import { newEd25519KeyPair, newSecret, parseSecretKeys, standardWebhooksV1, verify } from '@millrace/signing'
import { type ReceivedRequest, startReceiver, waitFor } from '@millrace/test-support'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type RunningDelivery, runDelivery, type World } from './support/harness.ts'
import { messageEvent, secretOf } from './support/values.ts'

const run = promisify(execFile)
const PYTHON_LIBRARY = 'standardwebhooks==1.1.0'
const venv = resolve(import.meta.dirname, '../../../.local/python', PYTHON_LIBRARY)

let world: World
let service: RunningDelivery

beforeAll(async () => {
  world = await createWorld()
  service = await runDelivery(world)
})

afterAll(async () => {
  await service.close()
  await world.close()
})

/** Two real deliveries to an endpoint with these secrets, as its server got them. */
async function deliveriesTo(tenant: string, secrets: readonly string[], changes: Partial<Endpoint> = {}) {
  const receiver = await startReceiver({ secret: secrets })
  const keys = parseSecretKeys(world.keys)
  const endpoint = await world.addEndpoint(receiver.url, { tenant, ...changes })
  const stored = secrets.map((secret) => secretOf(endpoint, secret, keys))
  await world.addEndpoint(receiver.url, { ...endpoint, secrets: stored })
  for (const text of ['plain', 'é 漢 🌊 “quotes” \u2028'])
    await world.publish(messageEvent({ tenant, payload: payloadOf(text) }))
  await waitFor(() => receiver.requests().length >= 2, { what: `deliveries to ${tenant}` })
  const requests = receiver.requests()
  await receiver.close()
  return requests
}

function payloadOf(text: string): Buffer {
  const message = { id: 'msg_1', type: 'email', is_inbound: true, text }
  return Buffer.from(JSON.stringify({ type: 'inbound', conversation: { id: 'cnv_1' }, target: { data: message } }))
}

/** Three headers and the body as text, as a receiver's framework gives them. */
const asReceived = ({ headers, body }: ReceivedRequest) => ({ headers: { ...headers }, body: body.toString() })

const theirs = { id: 'msg_theirs', timestamp: Math.floor(Date.now() / 1_000), body: '{"n":1.0, "t":"é"}' }

function ourVerdict(secret: string, signature: string) {
  const { id, timestamp, body } = theirs
  const headers = { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signature }
  return verify(standardWebhooksV1, { headers, body: Buffer.from(body) }, [{ id: 's', secret }], Date.now())
}

test('the official library for Node verifies what we deliver, and we verify what it signs', async () => {
  const secret = newSecret()
  const webhook = new Webhook(secret)
  for (const { headers, body } of (await deliveriesTo('node', [secret])).map(asReceived)) {
    expect(webhook.verify(body, headers)).toMatchObject({ data: { status: 'RECEIVED' } })
    expect(() => webhook.verify(`${body} `, headers)).toThrow()
    expect(() => new Webhook(newSecret()).verify(body, headers)).toThrow()
  }
  const { id, timestamp, body } = theirs
  expect(ourVerdict(secret, webhook.sign(id, new Date(timestamp * 1_000), body))).toMatchObject({ ok: true })
})

test('during a rotation it verifies with the old secret and with the new one', async () => {
  const [fresh, old] = [newSecret(), newSecret()]
  const requests = (await deliveriesTo('rotation', [fresh, old])).map(asReceived)
  for (const secret of [fresh, old])
    for (const { headers, body } of requests) expect(() => new Webhook(secret).verify(body, headers)).not.toThrow()
})

test('beside a v1a signature it finds the v1 one, and the public key alone verifies the v1a one', async () => {
  const secret = newSecret()
  const pair = newEd25519KeyPair()
  const requests = await deliveriesTo('both', [pair.secretKey, secret])
  for (const { headers, body } of requests.map(asReceived)) {
    expect(headers['webhook-signature']).toMatch(/^v1a,\S+ v1,\S+$/)
    expect(() => new Webhook(secret).verify(body, headers)).not.toThrow()
  }
  expect(requests.map(({ verdict }) => verdict)).toEqual(['ok', 'ok'])
})

describe('the official library for Python', () => {
  test('verifies what we deliver, and we verify what it signs', async () => {
    const python = await pythonWithLibrary()
    if (python === undefined) return
    const secret = newSecret()
    const requests = (await deliveriesTo('python', [secret])).map(asReceived)
    const spoilt = requests.map(({ headers, body }) => ({ headers, body: `${body} ` }))
    const asked = JSON.stringify({ secret, deliveries: [...requests, ...spoilt], sign: theirs })
    const answer = run(python, [join(import.meta.dirname, 'support/verify.py')])
    answer.child.stdin?.end(asked)
    const { verdicts, signature } = JSON.parse((await answer).stdout)
    expect(verdicts).toEqual([
      'ok',
      'ok',
      expect.stringContaining('No matching'),
      expect.stringContaining('No matching'),
    ])
    expect(ourVerdict(secret, signature)).toMatchObject({ ok: true })
  })
})

/** A Python of our own with the library in it, made once; undefined, and said loudly, where there is no Python or no way to the library. */
async function pythonWithLibrary(): Promise<string | undefined> {
  const python = join(venv, 'bin/python')
  try {
    if (!existsSync(join(venv, 'ready'))) {
      await mkdir(venv, { recursive: true })
      await run('python3', ['-m', 'venv', venv])
      await run(join(venv, 'bin/pip'), ['install', '--quiet', '--no-deps', PYTHON_LIBRARY], { timeout: 90_000 })
      await run(python, [
        '-c',
        `import standardwebhooks.webhooks, pathlib; pathlib.Path(${JSON.stringify(join(venv, 'ready'))}).touch()`,
      ])
    }
    return python
  } catch (error) {
    console.error(`\n*** NOT CHECKED: Python's ${PYTHON_LIBRARY} against our signatures: ${(error as Error).message}\n`)
    return undefined
  }
}

import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { FRONT_PATH, MAKE_PATH, signFront, signMake } from '@millrace/test-support'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Answer, type Installation, install, makeSource, secrets } from './support/installation.ts'

let at: Installation
beforeAll(async () => {
  at = await install({ settings: { requestTimeoutMs: 1_500, headersTimeoutMs: 1_000 } })
})
afterAll(() => at.close())
afterEach(async () => {
  expect(await at.received()).toEqual([])
})

const body = Buffer.from('{"type":"comment","id":"evt_1"}')
const hour = 3_600_000

function expectProblem(answer: Answer, status: number, rule: string): void {
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
  expect(answer.json).toEqual({
    type: `/problems/${rule}`,
    title: expect.any(String),
    status,
    detail: expect.any(String),
    code: expect.stringMatching(/^MR_/),
    rule,
    webhook_id: answer.headers.get('x-webhook-id'),
  })
}

test('a body changed by one byte is 401, signature-mismatch', async () => {
  const headers = signFront(body, 'app', secrets.front)
  expectProblem(await at.post(FRONT_PATH, body.toString().replace('1"', '2"'), headers), 401, 'signature-mismatch')
})

test('a time that lies an hour back is 401, timestamp-stale', async () => {
  const headers = signFront(body, 'app', secrets.front, Date.now() - hour)
  expectProblem(await at.post(FRONT_PATH, body, headers), 401, 'timestamp-stale')
})

test('a time that lies an hour ahead is 401, timestamp-future', async () => {
  const headers = signFront(body, 'app', secrets.front, Date.now() + hour)
  expectProblem(await at.post(FRONT_PATH, body, headers), 401, 'timestamp-future')
})

test('no signature is 401, signature-missing', async () => {
  expectProblem(await at.post(FRONT_PATH, body), 401, 'signature-missing')
})

test('an empty body without a signature is 401 before it is bad JSON', async () => {
  expectProblem(await at.post(FRONT_PATH, ''), 401, 'signature-missing')
})

test('a signature that is none is 401, signature-malformed', async () => {
  const headers = { ...signFront(body, 'app', secrets.front), 'x-front-signature': 'not base64 at all!' }
  expectProblem(await at.post(FRONT_PATH, body, headers), 401, 'signature-malformed')
})

test('a key that is not the source’s is 401, signature-mismatch', async () => {
  expectProblem(await at.post(MAKE_PATH, body, signMake(body, 'another-key')), 401, 'signature-mismatch')
})

test('a secret of one kind of webhook does not sign another kind', async () => {
  expectProblem(await at.post(FRONT_PATH, body, signFront(body, 'app', secrets.frontRule)), 401, 'signature-mismatch')
})

test('a source without a secret refuses everything with 401, secret-missing', async () => {
  const bare = await install({ sources: [{ ...makeSource, secrets: [] }] })
  try {
    expectProblem(await bare.post(MAKE_PATH, body, signMake(body, 'any')), 401, 'secret-missing')
    expect(await bare.received()).toEqual([])
  } finally {
    await bare.close()
  }
})

test('broken JSON is 400 and names the place', async () => {
  const broken = Buffer.from('{"type": "comment",}')
  const answer = await at.post(FRONT_PATH, broken, signFront(broken, 'app', secrets.front))
  expectProblem(answer, 400, 'body-not-json')
  expect(answer.json.detail).toContain('offset 19')
})

test('an empty body is 400, body-empty', async () => {
  const none = Buffer.alloc(0)
  expectProblem(await at.post(FRONT_PATH, none, signFront(none, 'app', secrets.front)), 400, 'body-empty')
})

test('an array with one element that is too deep is refused whole', async () => {
  const deep = Buffer.from(`[{"type":"comment"},${'['.repeat(200)}${']'.repeat(200)}]`)
  expectProblem(await at.post(FRONT_PATH, deep, signFront(deep, 'app', secrets.front)), 400, 'body-too-deep')
})

test('2 MB are 413 before anything is verified', async () => {
  expectProblem(await at.post(FRONT_PATH, Buffer.alloc(2_000_000, 0x20)), 413, 'body-too-large')
})

test('2 MB of unknown length are 413 too', async () => {
  const answer = await postChunks(`${at.url}${FRONT_PATH}`, 32, Buffer.alloc(65_536, 0x20))
  expect(answer).toMatchObject({ status: 413, rule: 'body-too-large' })
})

test('a compressed body is 415', async () => {
  const headers = { ...signFront(body, 'app', secrets.front), 'content-encoding': 'gzip' }
  expectProblem(await at.post(FRONT_PATH, body, headers), 415, 'content-encoding')
})

test('an unknown source is 404', async () => {
  const answer = await at.post('/api/webhooks/nobody', body, signFront(body, 'app', secrets.front))
  expectProblem(answer, 404, 'source-unknown')
})

test('a path that is no URL is refused as a problem', async () => {
  const answer = await at.post('/api/webhooks/%ff', body)
  expect(answer.status).toBe(400)
  expect(answer.json).toMatchObject({ rule: 'bad-request' })
})

test('another method is 405 and names the right one', async () => {
  const answer = await fetch(`${at.url}${FRONT_PATH}`)
  expect(answer.status).toBe(405)
  expect(answer.headers.get('allow')).toBe('POST')
})

test('a synchronous source takes one event a request', async () => {
  const two = Buffer.from('[{"client_id":"a"},{"client_id":"b"}]')
  expectProblem(await at.post(MAKE_PATH, two, signMake(two, secrets.make)), 400, 'one-event')
})

test('a client that does not finish its request is answered 408 and dropped', async () => {
  const text = await raw(`POST ${FRONT_PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{`)
  expect(text).toContain('HTTP/1.1 408')
  expect(text).toContain('"rule":"slow-request"')
})

test('headers beyond 16 KiB are 431', async () => {
  const text = await raw(`POST ${FRONT_PATH} HTTP/1.1\r\nhost: x\r\nx-filler: ${'a'.repeat(20_000)}\r\n\r\n`)
  expect(text).toContain('HTTP/1.1 431')
  expect(text).toContain('"rule":"headers-too-large"')
})

test('each refusal is one log line with its rule and without body or secret', async () => {
  const before = at.log.length
  const answer = await at.post(FRONT_PATH, '{"text":"canary-body"}', signFront(body, 'app', secrets.front))
  const own = at.log.slice(before).filter((line) => 'webhook_id' in line && line.webhook_id === answer.json.webhook_id)
  // Its decisions (debug) and the explanation of a sample are lines of their own.
  const lines = own.filter((line) => 'message' in line && line.message === 'request refused')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatchObject({ source: 'front', status: 401, rule: 'signature-mismatch', bytes: 22, positions: 0 })
  expect(JSON.stringify(at.log)).not.toContain('canary')
})

function postChunks(url: string, count: number, chunk: Buffer): Promise<{ status: number | undefined; rule: unknown }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST' }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => {
        resolve({ status: response.statusCode, rule: JSON.parse(Buffer.concat(parts).toString()).rule })
        request.destroy()
      })
    })
    request.on('error', reject)
    for (let sent = 0; sent < count; sent++) request.write(chunk)
    request.end()
  })
}

/** Everything that comes back for a text on a bare connection, until it is closed. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(at.url).port), '127.0.0.1', () => socket.write(text))
    let received = ''
    socket.on('data', (part) => {
      received += part.toString()
    })
    socket.on('close', () => resolve(received))
    socket.on('error', reject)
  })
}

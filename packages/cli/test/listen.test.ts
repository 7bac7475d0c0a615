import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { newSecret, standardWebhooksHeaders } from '@millrace/signing'
import { waitFor } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { jsonLines, millrace, start } from './support/millrace.ts'

const secret = newSecret()
const body = Buffer.from('{"type":"comment.added","data":{}}')
let child: ChildProcess
let [out, err, url] = ['', '', '']

beforeAll(async () => {
  child = start(['listen', '0', '--secret', secret, '--status', '202'])
  child.stdout?.on('data', (chunk) => {
    out += chunk
  })
  child.stderr?.on('data', (chunk) => {
    err += chunk
  })
  await waitFor(() => err.includes('listening on'), { what: 'the port' })
  url = /http:\S+/.exec(err)?.[0] ?? ''
})

afterAll(() => void child.kill('SIGKILL'))

async function post(id: string, given = secret): Promise<number> {
  const headers = standardWebhooksHeaders({
    id,
    timestampSeconds: Math.floor(Date.now() / 1_000),
    body,
    secrets: [given],
  })
  const { status } = await fetch(`${url}webhooks`, { method: 'POST', headers, body })
  return status
}

test('each delivery is shown with its verdict and its try, and answered by it', async () => {
  expect([await post('msg_1'), await post('msg_1'), await post('msg_2', newSecret())]).toEqual([202, 202, 401])
  await waitFor(() => jsonLines(out).length === 3, { what: 'three lines' })
  expect(jsonLines(out)).toMatchObject([
    { webhook_id: 'msg_1', type: 'comment.added', bytes: body.length, signature: 'ok', try: 1, answered: 202 },
    { webhook_id: 'msg_1', signature: 'ok', try: 2, answered: 202 },
    { webhook_id: 'msg_2', signature: 'signature-mismatch', try: 1, answered: 401 },
  ])
  expect(out).not.toContain('whsec_')
})

test('Ctrl-C ends it, exit code 0', async () => {
  const ended = once(child, 'exit')
  child.kill('SIGINT')
  expect((await ended)[0]).toBe(0)
})

test('a port that cannot be had, or none, is a clear error', async () => {
  expect(await millrace(['listen', 'x'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('PORT is a whole number'),
  })
})

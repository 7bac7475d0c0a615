import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { frontApp, frontRule, providers, type Scheme, sign } from '@millrace/signing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readHeaders } from '../src/read-headers.ts'
import { millrace } from './support/millrace.ts'

const env = { WEBHOOK_SECRET: 'canary-front', FRONT_RULE_SECRET: 'canary-rule', MAKE_COM_WEBHOOK_SECRET: 'canary-make' }
const at = '2026-11-22T10:00:00.000Z'
const now = Date.parse(at)
const body = Buffer.from('{"type":"comment","id":"evt_1"}')

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-verify-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function kept(headers: Record<string, string>, bytes = body): Promise<string[]> {
  const [headersFile, bodyFile] = [join(directory, 'headers.txt'), join(directory, 'body.json')]
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  await writeFile(headersFile, ['POST /api/webhooks/front HTTP/1.1', ...lines, '', '{"a body": 1}'].join('\r\n'))
  await writeFile(bodyFile, bytes)
  return ['--headers', headersFile, '--body', bodyFile, '--at', at]
}

const signed = (scheme: Scheme, secret: string) => sign(scheme, { body, timestamp: now }, secret)

test('a genuine request is taken, with each step and the secret that matched, exit code 0', async () => {
  const { code, out } = await millrace(
    ['verify', '--source', 'front', ...(await kept(signed(frontApp, 'canary-front')))],
    env,
  )
  expect(code).toBe(0)
  expect(out).toMatch(/^scheme +ok +app: x-front-signature, HMAC-SHA256 of \{timestamp\}:\{body\}, in base64$/m)
  expect(out).toMatch(/^match +ok +.*by the secret webhook$/m)
  expect(out).toMatch(/^result +taken$/m)
  expect(out).not.toContain('canary')
})

test('a refused one is explained, with what to do, exit code 1, and shows neither secrets nor signatures', async () => {
  const headers = signed(frontRule, 'canary-make')
  const { code, out } = await millrace(['verify', '--source', 'front', ...(await kept(headers))], env)
  expect(code).toBe(1)
  expect(out).toMatch(/^match +FAILED +signature-mismatch/m)
  expect(out).toMatch(/^result +refused with 401, signature-mismatch$/m)
  expect(out).toMatch(/^why +secret-of-other-source: .*\(secret make of source make-chatgpt-clients\)$/m)
  expect(out).toMatch(/^do +The sender posts to the wrong path/m)
  expect(out).not.toContain('canary')
  for (const secret of Object.values(env)) expect(out).not.toContain(signed(frontRule, secret)['x-front-signature'])
})

test('two mistakes at once are found offline', async () => {
  const headers = signed(frontApp, 'canary-make')
  const files = await kept(headers, Buffer.concat([body, Buffer.from('\n')]))
  const { out } = await millrace(['verify', '--source', 'front', '--json', ...files], env)
  const { causes } = JSON.parse(out)
  expect(causes.map(({ mistake }: { mistake: string }) => mistake).sort()).toEqual([
    'body-newline',
    'secret-of-other-source',
  ])
})

test('a provider that is no source is checked with a secret of one’s own', async () => {
  const [scheme] = providers.github?.schemes ?? []
  const headers = signed(scheme as Scheme, 'canary-own')
  const own = { ...env, MY_SECRET: 'canary-own' }
  const args = ['verify', '--source', 'github', '--secret-env', 'MY_SECRET', ...(await kept(headers))]
  expect((await millrace(args, own)).code).toBe(0)
  const missing = await millrace(args, env)
  expect([missing.code, missing.err]).toEqual([1, 'millrace: MY_SECRET is not set\n'])
})

describe('what is typed wrongly is one line with exit code 2', () => {
  test.each([
    [['--source', 'nobody'], '--source is one of front, make-chatgpt-clients'],
    [[], '--source is needed'],
  ])('%j', async (args, problem) => {
    const { code, err } = await millrace(['verify', ...args, ...(await kept({ a: 'b' }))], env)
    expect(code).toBe(2)
    expect(err).toContain(problem)
  })

  test('a time that is none', async () => {
    const files = await kept({ a: 'b' })
    const { code, err } = await millrace(['verify', '--source', 'front', ...files.slice(0, 4), '--at', 'noon'], env)
    expect([code, err]).toEqual([2, expect.stringContaining('--at is a time')])
  })
})

describe('headers are read', () => {
  const headers = { 'x-a': '1', 'x-b': '2, 3' }
  test.each([
    ['from lines', 'X-A: 1\nX-B: 2\nx-b: 3\n'],
    ['after a request line, up to the body', 'POST /x HTTP/1.1\r\nX-A:1\r\nX-B: 2, 3\r\n\r\n{"X-C": 4}'],
    ['as curl shows them', '> POST /x HTTP/2\n> X-A: 1\n> X-B: 2, 3\n> '],
    ['from a JSON object', '{"X-A":"1","X-B":["2","3"]}'],
    ['from a JSON list of pairs', '[["X-A","1"],["X-B","2, 3"]]'],
    ['from a JSON list of objects', '[{"name":"X-A","value":"1"},{"name":"X-B","value":"2, 3"}]'],
  ])('%s', (_how, text) => {
    expect(readHeaders(text)).toEqual({ headers })
  })

  test.each(['', 'no header', '{"X-A": 1}', '{"X-A"', '[7]'])('and %j is named as none', (text) => {
    expect(readHeaders(text)).toEqual({ problem: expect.any(String) })
  })
})

import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseSecretKeys, rules, SigningError, sign, signingErrors, standardWebhooksV1 } from '../src/index.ts'
import { everyScheme, now, signNow, verifyNow } from './support.ts'

const folder = new URL('../src/', import.meta.url)
const sources = readdirSync(folder).map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }))

describe('error codes', () => {
  test('are all thrown somewhere, and nothing else is', () => {
    const thrown = sources
      .filter(({ name }) => name !== 'errors.ts')
      .flatMap(({ text }) => [...text.matchAll(/new SigningError\('(\w+)'|new SigningError\(\s*'(\w+)'/g)])
      .map(([, one, other]) => one ?? other)
    expect([...new Set(thrown)].sort()).toEqual(Object.keys(signingErrors).sort())
  })

  test('carry what the table says', () => {
    const error = new SigningError('MR_SIGNING_SECRET_EMPTY', 'Secret main.')
    expect(error).toMatchObject({ code: 'MR_SIGNING_SECRET_EMPTY', retryable: false, statusCode: 500 })
    expect(error.message).toContain('main')
  })
})

describe('secrets and signatures', () => {
  const secret = 'whsec_do*not*show'

  test('are in no error', () => {
    const attempts = [
      () => sign(standardWebhooksV1, { id: 'm', timestamp: now, body: Buffer.alloc(0) }, secret),
      () => parseSecretKeys(`k1:${secret}`),
      () => parseSecretKeys(secret),
    ]
    for (const attempt of attempts) {
      const error = thrownBy(attempt)
      expect(`${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain(
        'do*not*show',
      )
    }
  })

  test.each(everyScheme)('are in no verdict of $scheme.name', ({ scheme, secret, other }) => {
    const body = Buffer.from('{}')
    const headers = signNow(scheme, body, other)
    for (const key of [secret, other]) {
      const verdict = JSON.stringify(verifyNow(scheme, headers, body, key))
      for (const hidden of [key, headers[scheme.header] ?? '']) expect(verdict).not.toContain(hidden)
    }
  })
})

test('every rule is explained in words', () => {
  for (const [rule, meaning] of Object.entries(rules)) expect(meaning, rule).toMatch(/^[A-Z].*\.$/)
})

function thrownBy(attempt: () => unknown): Error {
  try {
    attempt()
  } catch (error) {
    if (error instanceof SigningError) return error
  }
  throw new Error('expected a SigningError')
}

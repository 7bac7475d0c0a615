import { describe, expect, test } from 'vitest'
import { chooseScheme, type Headers, schemesOf, sign, verifyRequest } from '../src/index.ts'
import frontApp from './vectors/front-app.json' with { type: 'json' }
import frontOther from './vectors/front-rule-and-plain.json' with { type: 'json' }
import make from './vectors/make.json' with { type: 'json' }
import providersAsData from './vectors/providers-as-data.json' with { type: 'json' }
import standardWebhooks from './vectors/standard-webhooks.json' with { type: 'json' }

interface Vector {
  name: string
  provider: string
  secret: string
  headers: Headers
  body: string
  now: number
  expect: { ok: boolean; scheme: string }
  /** The headers are those that `sign` writes, to the byte. */
  sign?: boolean
}

const files: readonly { vectors: readonly Vector[] }[] = [frontApp, frontOther, make, providersAsData, standardWebhooks]
const vectors = files.flatMap((file) => file.vectors)

describe('verifying gives the verdict of every published and independently computed vector', () => {
  test.each(vectors)('$name', ({ provider, secret, headers, body, now, expect: verdict }) => {
    const secretsFor = () => [{ id: 's', secret }]
    const request = { schemes: schemesOf(provider), headers, body: Buffer.from(body), secretsFor, now }
    expect(verifyRequest(request)).toEqual(verdict)
  })
})

describe('signing writes the headers of the vectors', () => {
  test.each(vectors.filter((vector) => vector.sign))('$name', ({ provider, secret, headers, body, now }) => {
    const message = { body: Buffer.from(body), timestamp: now, id: headers['webhook-id'] ?? '' }
    expect(sign(chooseScheme(provider, headers), message, secret)).toEqual(headers)
  })
})

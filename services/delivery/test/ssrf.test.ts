import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { type NameServer, startNameServer } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PostOptions } from '../src/post.ts'
import { body, never, posterWith } from './support/posting.ts'
import { targetsWith } from './support/targets.ts'

interface Corpus {
  readonly names: Record<string, string[]>
  readonly own_ranges: string[]
  readonly refused: readonly { readonly url: string }[]
}
const file = new URL('../../../packages/service-kit/test/fixtures/endpoint-urls.json', import.meta.url)
const corpus = JSON.parse(readFileSync(file, 'utf8')) as Corpus

let names: NameServer
let asked = 0
const proxy = createServer((socket) => {
  asked++
  socket.destroy()
})
beforeAll(async () => {
  names = await startNameServer(corpus.names)
  await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  proxy.close()
  await names.close()
})

const proxyUrl = () => `http://127.0.0.1:${(proxy.address() as { port: number }).port}`
const ways: readonly (readonly [string, () => Partial<PostOptions>, boolean])[] = [
  ['straight', () => ({}), false],
  ['asking for consent', () => ({}), true],
  ['through the egress proxy', () => ({ proxyUrl: proxyUrl() }), false],
]

test.each(ways)('of the corpus of forbidden URLs not one gets a connection: %s', async (_, options, asksConsent) => {
  const targets = targetsWith({
    allowHttp: false,
    allowPrivate: false,
    ports: [443, 8443],
    ownRanges: corpus.own_ranges,
    servers: [names.address],
  })
  const poster = posterWith({ targets, ...options() })
  const refused = [
    'MR_DELIVERY_URL_REFUSED',
    'MR_DELIVERY_ADDRESS_REFUSED',
    'MR_DELIVERY_DNS',
    'MR_DELIVERY_RESOLVER_AWAY',
  ]
  const passed = []
  for (const { url } of corpus.refused) {
    const { errorCode, phase, address, wasSent } = await poster.post({ url, owner: 'a', asksConsent }, {}, body, never)
    const isRefused = refused.includes(errorCode ?? '') && (phase === 'none' || phase === 'dns')
    if (!isRefused || address !== null || wasSent) passed.push({ url, errorCode, phase })
  }
  await poster.close()
  expect(passed).toEqual([])
  expect(asked).toBe(0)
})

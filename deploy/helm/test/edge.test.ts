import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@millrace/local'
import { expect, test } from 'vitest'

const read = (file: string) => readFileSync(join(root, file), 'utf8')
const schema = JSON.parse(read('docs/sources.schema.json')) as {
  properties: { sources: { items: { properties: { max_body_bytes: { maximum: number } } } } }
}
/** The most that a source may let the gateway take. */
const gateways = schema.properties.sources.items.properties.max_body_bytes.maximum
const BYTES = { m: 1_048_576, Mi: 1_048_576 } as const

test.for([
  ['docs/operations/edge/nginx.conf', /client_max_body_size (\d+)(m);/g, 2],
  ['docs/operations/edge.md', /proxy-body-size: (\d+)(m)/g, 1],
  ['docs/operations/edge.md', /bufferLimit: (\d+)(Mi)/g, 1],
  ['deploy/helm/millrace/ci/production.yaml', /proxy-body-size: (\d+)(m)/g, 1],
] as const)('%s lets through what the gateway refuses with a reason: %s', ([file, pattern, count]) => {
  const limits = Array.from(read(file).matchAll(pattern), ([, size, unit]) => Number(size) * BYTES[unit as 'm'])
  expect(limits).toHaveLength(count)
  for (const limit of limits) expect(limit).toBeGreaterThan(gateways)
})

test('the nginx example leads to the gateway what senders call, and no other path', () => {
  const [, pattern = ''] = read('docs/operations/edge/nginx.conf').match(/location ~ (\S+) \{/) ?? []
  const isPassed = (path: string) => new RegExp(pattern).test(path)
  const called = ['/api/webhooks/front', '/api/webhook/make.com/chatgpt-clients', '/api/status']
  const pages = ['/problems', '/problems/signature-mismatch', '/docs/style.css']
  expect([...called, ...pages].filter((path) => !isPassed(path))).toEqual([])
  expect(['/', '/docs', '/openapi.json', '/api/statuses', '/problemsolving', '/metrics'].filter(isPassed)).toEqual([])
})

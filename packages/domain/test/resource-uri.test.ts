import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseResourceUri, resourceUri } from '../src/index.ts'

test('a conversation and a node have a readable URI', () => {
  expect(resourceUri({ kind: 'conversation', tenant: 'acme', id: 'cnv_1' })).toBe('conversation://acme/cnv_1')
  expect(resourceUri({ kind: 'graph', tenant: 'acme', id: 'client:acme:7' })).toBe('graph://acme/client%3Aacme%3A7')
})

test('whatever the id, the URI names it again', () => {
  const id = fc.string({ minLength: 1, maxLength: 100, unit: 'grapheme' })
  fc.assert(
    fc.property(id, fc.constantFrom('conversation', 'graph'), (id, kind) => {
      const name = { kind, tenant: 'acme', id: id.toWellFormed() } as const
      expect(parseResourceUri(resourceUri(name))).toEqual(name)
    }),
  )
})

test.each([
  'conversation://acme',
  'conversation://acme/',
  'conversation://acme/a/b',
  'conversation://Acme/cnv_1',
  'file://acme/cnv_1',
  'conversation://acme/cnv_1?x=1',
  'conversation://acme/%ZZ',
  'graph:///x',
])('%s is none', (uri) => {
  expect(parseResourceUri(uri)).toBeNull()
})

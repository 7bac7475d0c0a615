import { nodeIdsOfHandle } from '@millrace/domain'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nameKey, nodeId, relationshipId } from '../src/graph-ids.ts'
import { personByEmail, personByPhone } from '../src/person-identity.ts'
import { addressId, phoneId } from './support/ids.ts'

const parts = fc.array(fc.string({ unit: 'grapheme', maxLength: 300 }), { minLength: 1, maxLength: 3 })

test('two different lists of parts never make one id', () => {
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      fc.pre(JSON.stringify(a) !== JSON.stringify(b))
      expect(nodeId('task', 'default', ...a)).not.toBe(nodeId('task', 'default', ...b))
    }),
  )
})

test('a long id is cut to 200 characters and stays different from others of the same beginning', () => {
  const [a, b] = ['a', 'b'].map((end) => nodeId('tag', 'default', `${'ü'.repeat(200)}${end}`))
  expect(a?.length).toBeLessThanOrEqual(200)
  expect(a).not.toBe(b)
})

test('a text with half of a surrogate pair makes an id', () => {
  expect(nodeId('tag', 'default', '\ud800')).toBe('tag:default:%EF%BF%BD')
})

test('the id of a person holds no address, and whoever knows the address can compute it', () => {
  // printf %s bo@acme.com | sha256sum | cut -c1-32
  expect(personByEmail('bo@acme.com')).toBe('person::email:a753d09bfdfb3178ee29115abdfb7938')
  expect(nodeIdsOfHandle('Bo@acme.com')).toEqual([addressId('bo@acme.com'), personByEmail('bo@acme.com')])
  expect(nodeIdsOfHandle('+442079460018')).toEqual([phoneId('+442079460018'), personByPhone('+442079460018')])
})

test('a relationship of a single target has the same id whatever the target', () => {
  expect(relationshipId('has_status', 'task:a:1', 'status:a:x')).toBe(
    relationshipId('has_status', 'task:a:1', 'status:a:y'),
  )
})

test('a relationship of many targets has an id for each', () => {
  expect(relationshipId('tagged', 'task:a:1', 'tag:a:x')).toBe('task:a:1>tagged>tag:a:x')
})

test('case, outer spaces and composition make no other name', () => {
  expect(nameKey(' Cafe\u0301 ')).toBe(nameKey('CAF\u00c9'))
})

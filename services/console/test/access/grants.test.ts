import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beyond, limitGrants } from '../../src/access/grants.ts'
import { isAtLeast, roleIn, roles } from '../../src/access/roles.ts'

const tenant = fc.constantFrom('*', 'a', 'b', 'c')
const grants = fc.uniqueArray(fc.record({ tenant, role: fc.constantFrom(...roles) }), {
  selector: (grant) => grant.tenant,
})
const place = fc.constantFrom('a', 'b', 'c', 'not named')

test('a token may do in each tenant the weaker of what it was given and what its user may do', () => {
  fc.assert(
    fc.property(grants, grants, place, (given, owner, where) => {
      const [token, user] = [roleIn(given, where), roleIn(owner, where)]
      const weaker = token === undefined || user === undefined ? undefined : isAtLeast(token, user) ? user : token
      expect(roleIn(limitGrants(given, owner), where)).toBe(weaker)
    }),
  )
})

test('grants that nothing is beyond give nobody more than they have', () => {
  fc.assert(
    fc.property(grants, grants, place, (wanted, has, where) => {
      fc.pre(beyond(wanted, has).length === 0)
      const role = roleIn(wanted, where)
      if (role !== undefined) expect(isAtLeast(roleIn(has, where), role)).toBe(true)
    }),
  )
})

test('a role in all tenants is more than one in each that is named', () => {
  expect(beyond([{ tenant: '*', role: 'viewer' }], [{ tenant: 'a', role: 'admin' }])).toHaveLength(1)
})

import { expect, test } from 'vitest'
import { chooseTenant, createConsoleApi, part } from '../src/console-api.ts'

const me = (...tenants: string[]) => ({
  tenants: tenants.map((tenant) => ({ tenant, role: 'viewer' })),
  everywhere: null,
})

test('the only tenant need not be named, one of several must be', () => {
  expect(chooseTenant(me('acme'), undefined)).toBe('acme')
  expect(chooseTenant(me('acme', 'other'), 'other')).toBe('other')
  expect(() => chooseTenant(me('acme', 'other'), undefined)).toThrow(/acme, other/)
})

test('a tenant without a right is refused, and named as it was given', () => {
  expect(() => chooseTenant(me('acme'), 'other')).toThrow(/no right in tenant "other"/)
  expect(() => chooseTenant(me(), undefined)).toThrow(/has rights in: none/)
})

test('whoever has rights everywhere may name any tenant, but no other path', () => {
  expect(chooseTenant({ ...me('acme'), everywhere: 'viewer' }, 'new')).toBe('new')
  const api = createConsoleApi({ url: 'http://127.0.0.1:1', token: 'x', timeoutMs: 500 })
  expect(() => api.in('..')).toThrow(/no such thing/)
})

test('an id is one part of a path, whatever is in it', () => {
  expect(part('a/../b?c#d')).toBe('a%2F..%2Fb%3Fc%23d')
  for (const id of ['.', '..']) expect(() => part(id)).toThrow(/no such thing/)
})

import { expect, test } from 'vitest'
import { type Account, gapRepairOf } from '../src/index.ts'

const source = { provider: 'front', tenant: 'default', account: 'support' }
const account: Account = {
  tenant: 'default',
  name: 'support',
  provider: 'front',
  baseUrl: 'https://api.invalid',
  callsPerMinute: 50,
}

test('without an API token gaps cannot be repaired, and the sentence says which account lacks it', () => {
  expect(gapRepairOf(source, [account])).toMatchObject({
    state: 'no-api-token',
    text: expect.stringContaining('account support has no API token'),
  })
  expect(gapRepairOf(source, []).state).toBe('no-api-token')
})

test('with a token or an OAuth client they can, of its own tenant only', () => {
  const oauth = { clientId: 'id', clientSecret: 'secret', tokenUrl: 'https://token.invalid', refreshToken: 'token' }
  expect(gapRepairOf(source, [{ ...account, apiToken: 'token' }]).state).toBe('possible')
  expect(gapRepairOf(source, [{ ...account, oauth }]).state).toBe('possible')
  expect(gapRepairOf(source, [{ ...account, apiToken: 'token', tenant: 'other' }]).state).toBe('no-api-token')
})

test('a provider without a list of events has nothing to be read again', () => {
  expect(gapRepairOf({ ...source, provider: 'make' }, [account]).state).toBe('no-api')
})

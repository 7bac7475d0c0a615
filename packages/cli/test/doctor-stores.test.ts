import { expect, test } from 'vitest'
import { checkPostgres } from '../src/doctor/stores.ts'

test('without DATABASE_URL doctor tells that it did not look, and claims nothing of the console’s database', async () => {
  const [finding, ...others] = await checkPostgres({ databaseUrl: undefined })
  expect(others).toEqual([])
  expect(finding).toMatchObject({ part: 'Postgres', state: 'skipped' })
  expect(finding?.text).toMatch(/^not checked: DATABASE_URL is not set here/)
})

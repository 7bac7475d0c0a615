import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newSecretKey } from '@millrace/signing'
import { expect, test, vi } from 'vitest'
import { checkTenantDays } from '../src/doctor/tenant-days.ts'
import { readCliSettings } from '../src/settings.ts'

async function check(tenants: string, encryption: string) {
  const file = join(await mkdtemp(join(tmpdir(), 'tenant-days-')), 'sources.yaml')
  await writeFile(
    file,
    `tenants: [${tenants}]\nsources: [{ name: front, provider: front, secrets: [{ secret: x }] }]\n`,
  )
  const env = { MILLRACE_SOURCES: file, MILLRACE_SECRET_KEYS: newSecretKey('k1'), MILLRACE_ENCRYPTION: encryption }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  try {
    return await checkTenantDays(readCliSettings())
  } finally {
    vi.unstubAllEnvs()
  }
}

test('days of a tenant need encryption, or they do not hold in topics', async () => {
  const north = '{ name: north, retention_days: 14 }'
  expect(await check(north, 'true')).toMatchObject({ state: 'ok', text: expect.stringContaining('north 14 d') })
  expect(await check(north, 'false')).toMatchObject({
    ...{ state: 'failure', text: expect.stringContaining('not topics: north 14 d') },
    fix: expect.stringContaining('MILLRACE_ENCRYPTION=true'),
  })
  expect(await check('{ name: north }', 'false')).toMatchObject({ state: 'skipped' })
})

test('days that are too few are refused by name and rule', async () => {
  await expect(check('{ name: north, retention_days: 3 }', 'true')).rejects.toThrow(
    'tenants[0].retention_days: must be >= 7',
  )
})

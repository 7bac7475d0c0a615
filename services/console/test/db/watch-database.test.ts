import type { Check } from '@millrace/service-kit'
import { startTcpProxy, waitFor } from '@millrace/test-support'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/db/connect.ts'
import { watchDatabase } from '../../src/db/watch-database.ts'
import { createTestDatabase } from '../support/databases.ts'

test('readiness says no while the server is dead or mute, and yes once it answers again', async () => {
  const url = new URL(await createTestDatabase())
  const proxy = await startTcpProxy({ target: { host: url.hostname, port: Number(url.port) } })
  onTestFinished(() => proxy.close())
  url.hostname = '127.0.0.1'
  url.port = String(proxy.port)
  const database = openDatabase({ url: url.href, onLost: () => {} })
  onTestFinished(() => database.close())
  const checks: Check[] = []
  watchDatabase({ addCheck: (check) => void checks.push(check) }, database)
  const says = (what: boolean) =>
    waitFor(async () => ((await checks[0]?.ready?.()) === true) === what || undefined, { what: `readiness ${what}` })
  expect(checks.map(({ name }) => name)).toEqual(['database'])
  await says(true)
  await proxy.down()
  await says(false)
  await proxy.up()
  await says(true)
  proxy.set('response', { mode: 'hold' })
  await says(false)
  proxy.set('response', { mode: 'pass' })
  await says(true)
})

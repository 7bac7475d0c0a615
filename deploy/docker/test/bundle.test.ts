import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { freePort, type Supervised, supervise } from '@millrace/local'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { bundle } from '../bundle.ts'

const root = resolve(import.meta.dirname, '../../..')
// Outside of the checkout nothing of node_modules is found, as in an image.
const directory = mkdtempSync(join(tmpdir(), 'millrace-bundle-'))
const started: Supervised[] = []
/** A team's file, which finds what it imports nowhere but in the bundle. */
const team = join(directory, 'team.ts')
writeFileSync(team, "import { on } from '@millrace/handlers'\non('*', () => {})\n")
const env = {
  ...process.env,
  MILLRACE_ENV_FILE: '',
  KAFKA_PREFIX: `t${randomBytes(4).toString('hex')}.`,
  KAFKA_EVENT_PARTITIONS: '1',
  WEBHOOK_SECRET: 'a secret of the bundle test',
  MAKE_COM_WEBHOOK_SECRET: 'another-secret-of-the-bundle-test',
  FRONT_API_TOKEN: 'not asked for',
  MILLRACE_SECRET_KEYS: `test:${randomBytes(32).toString('base64')}`,
  ADMIN_HOST: '127.0.0.1',
  HANDLERS_FILES: team,
}

beforeAll(async () => {
  await promisify(execFile)(process.execPath, ['packages/cli/src/main.ts', 'topics', 'create'], { cwd: root, env })
}, 60_000)

afterAll(async () => {
  await Promise.all(started.map((service) => service.stop(5_000)))
  rmSync(directory, { recursive: true, force: true })
})

describe('what an image holds', () => {
  test.each(readdirSync(join(root, 'services')))('is enough for %s to get ready', async (name) => {
    const target = join(directory, name)
    await bundle(join(root, 'services', name), target)
    const adminPort = await freePort()
    const variable = name.toUpperCase().replaceAll('-', '_')
    const service = supervise({
      name,
      args: [join(target, 'main.js')],
      cwd: target,
      env: { ...env, [`${variable}_PORT`]: String(await freePort()), [`${variable}_ADMIN_PORT`]: String(adminPort) },
      logFile: join(directory, `${name}.log`),
      isReady: async () => (await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => undefined))?.ok === true,
    })
    started.push(service)
    await expect(service.ready()).resolves.toBeUndefined()
  })

  test('has the thread that reads a large sources file', async () => {
    const target = join(directory, 'gateway')
    await bundle(join(root, 'services', 'gateway'), target)
    const file = join(directory, 'sources.yaml')
    const names = Array.from({ length: 1_000 }, (_, index) => `source-${index}`)
    const sources = names.map((name) => ({ name, provider: 'front', secrets: [{ secret: 'a secret' }] }))
    writeFileSync(file, JSON.stringify({ sources }))
    const admin = `http://127.0.0.1:${await freePort()}`
    const service = supervise({
      name: 'gateway',
      args: [join(target, 'main.js')],
      cwd: target,
      env: {
        ...env,
        MILLRACE_SOURCES: file,
        GATEWAY_PORT: String(await freePort()),
        GATEWAY_ADMIN_PORT: new URL(admin).port,
      },
      logFile: join(directory, 'gateway-large.log'),
      isReady: async () => (await fetch(`${admin}/readyz`).catch(() => undefined))?.ok === true,
    })
    started.push(service)
    await service.ready()
    // It reads the file once more as it starts to watch it.
    const reading = /^millrace_sources_reloads_total\{[^}]*result="unchanged"[^}]*\} 1/m
    await vi.waitFor(async () => expect(await (await fetch(`${admin}/metrics`)).text()).toMatch(reading), 10_000)
  })
})

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { checkPorts } from '../src/check-ports.ts'
import { findJava } from '../src/java.ts'
import { root } from '../src/paths.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

test('a busy port is named with the setting that moves it', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const message = new RegExp(`${port} is held by .*set DEDUP_ADMIN_PORT to another port`)
  await expect(checkPorts({}, [{ variable: 'DEDUP_ADMIN_PORT', port }])).rejects.toThrow(message)
  server.close()
})

test('a missing Java is answered by what to install', async () => {
  vi.stubEnv('PATH', '/nonexistent')
  vi.stubEnv('JAVA_HOME', '')
  await expect(findJava()).rejects.toThrow(/Java is not there; Maven \(mvn\) is not there[\s\S]*apt-get install/)
})

test('an unreachable registry is one message and no stack trace', async () => {
  const checkout = mkdtempSync(join(tmpdir(), 'millrace-bootstrap-'))
  mkdirSync(join(checkout, 'deploy/local'), { recursive: true })
  for (const file of ['package.json', 'deploy/local/bootstrap.mjs']) cpSync(join(root, file), join(checkout, file))
  const env = {
    ...process.env,
    npm_config_registry: 'http://127.0.0.1:1/',
    npm_config_userconfig: '/dev/null',
    npm_config_cache: join(checkout, 'cache'),
  }
  const { code, stderr } = await run([join(checkout, 'deploy/local/bootstrap.mjs'), 'status'], env)
  rmSync(checkout, { recursive: true })
  expect(code).toBe(1)
  expect(stderr).toContain('The package registry cannot be reached')
  expect(stderr).not.toContain('    at ')
})

function run(args: string[], env: NodeJS.ProcessEnv): Promise<{ code: unknown; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env }, (error, _stdout, stderr) => resolve({ code: error?.code ?? 0, stderr }))
  })
}

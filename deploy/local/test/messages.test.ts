import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { checkPorts } from '../src/check-ports.ts'
import { findJava } from '../src/java.ts'
import { root } from '../src/paths.ts'
import { processServer } from '../src/server.ts'

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

test('a broken jar is answered by what to delete', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-jar-'))
  const server = processServer({
    name: 'Kafka',
    command: 'sh',
    args: ['-c', 'echo "java.lang.NoClassDefFoundError: org/apache/kafka/Uuid"; exit 1'],
    cwd: dir,
    logFile: join(dir, 'console.log'),
    isReady: async () => false,
  })
  await expect(server.start()).rejects.toThrow(/^A download is broken: rm -rf \.local\/cache/)
  rmSync(dir, { recursive: true })
})

test('an unreachable registry is one message and no stack trace', async () => {
  const checkout = emptyCheckout()
  cpSync(join(root, 'package.json'), join(checkout, 'package.json'))
  const { code, stderr } = await bootstrap(checkout)
  expect(code).toBe(1)
  expect(stderr).toContain('The package registry cannot be reached')
  expect(stderr).not.toContain('    at ')
})

test('a dependency that cannot be got is told even to a silent npm', async () => {
  const checkout = emptyCheckout()
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const dependencies = { 'left-pad': '1.3.0' }
  writeFileSync(join(checkout, 'package.json'), JSON.stringify({ packageManager, dependencies }))
  writeFileSync(join(checkout, 'pnpm-lock.yaml'), lockfile)
  symlinkSync(join(root, '.local/tools'), join(checkout, '.local/tools'))
  const { code, stderr } = await bootstrap(checkout, { npm_config_loglevel: 'silent', npm_config_fetch_retries: '0' })
  expect(code).toBe(1)
  expect(stderr).toMatch(/failed after[\s\S]*The package registry cannot be reached[\s\S]*ECONNREFUSED/)
})

const lockfile = `
lockfileVersion: '9.0'
importers: { .: { dependencies: { left-pad: { specifier: 1.3.0, version: 1.3.0 } } } }
packages: { left-pad@1.3.0: { resolution: { integrity: sha512-${'A'.repeat(86)}== } } }
snapshots: { left-pad@1.3.0: {} }
`

function emptyCheckout(): string {
  const checkout = mkdtempSync(join(tmpdir(), 'millrace-bootstrap-'))
  mkdirSync(join(checkout, 'deploy/local'), { recursive: true })
  mkdirSync(join(checkout, '.local'))
  const script = 'deploy/local/bootstrap.mjs'
  cpSync(join(root, script), join(checkout, script))
  return checkout
}

/** Runs a command of a checkout where no registry can be reached, and deletes the checkout. */
async function bootstrap(checkout: string, more: NodeJS.ProcessEnv = {}) {
  const env = {
    ...process.env,
    npm_config_registry: 'http://127.0.0.1:1/',
    npm_config_userconfig: '/dev/null',
    npm_config_cache: join(checkout, 'cache'),
    npm_config_store_dir: join(checkout, 'store'),
    ...more,
  }
  const result = await run([join(checkout, 'deploy/local/bootstrap.mjs'), 'status'], env)
  rmSync(checkout, { recursive: true })
  return result
}

function run(args: string[], env: NodeJS.ProcessEnv): Promise<{ code: unknown; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env }, (error, _stdout, stderr) => resolve({ code: error?.code ?? 0, stderr }))
  })
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@millrace/local'
import { startTcpProxy, waitFor } from '@millrace/test-support'
import { afterEach, describe, expect, test } from 'vitest'

const script = fileURLToPath(new URL('./tiny-service.ts', import.meta.url))
const CANARY = 'canary-0123456789'

interface Entry {
  readonly level: string
  readonly message: string
  readonly part?: string
  readonly [field: string]: unknown
}

interface Tiny {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  stdout(): string
  stderr(): string
  entries(): Entry[]
  /** Resolves with the log line that has this message. */
  logged(message: string): Promise<Entry>
}

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

function start(env: Record<string, string> = {}, args: string[] = []): Tiny {
  const child = spawn(process.execPath, [script, ...args], {
    env: { MILLRACE_ENV_FILE: '', ADMIN_HOST: '127.0.0.1', TINY_TOKEN: CANARY, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const output = { stdout: '', stderr: '' }
  child.stdout?.on('data', (chunk) => (output.stdout += chunk))
  child.stderr?.on('data', (chunk) => (output.stderr += chunk))
  const entries = () =>
    output.stdout.split('\n').flatMap((line) => (line.startsWith('{') ? (JSON.parse(line) as Entry) : []))
  return {
    child,
    ended: once(child, 'close').then(([code]) => code as number | null),
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    entries,
    logged: (message) =>
      waitFor(() => entries().find((entry) => entry.message === message), { what: `"${message}" in the log` }),
  }
}

describe('a service process', () => {
  test('ends on SIGTERM in order, with exit code 0', async () => {
    const tiny = start()
    await tiny.logged('started')
    tiny.child.kill('SIGTERM')
    expect(await tiny.ended).toBe(0)
    const entries = tiny.entries()
    const since = entries.findIndex(({ message }) => message === 'stopping')
    expect(entries.slice(since).map(({ message, part }) => part ?? message)).toEqual([
      'stopping',
      'server',
      'worker',
      'pool',
      'stopped',
    ])
  })

  test('needs little time of the processor to start', async () => {
    // Its own time, not the clock's: the machine may be busy with other tests. 1.5 s is the promise, 280 ms the habit on a quiet core. What shares
    // the core slows it down in its own time too, for moments, so the best of three counts.
    const own: number[] = []
    for (let turn = 0; turn < 3; turn++) own.push(Number((await start().logged('grinding')).cpu_ms))
    expect(Math.min(...own)).toBeLessThan(1_000)
  })

  test('whose close hangs ends with 1 at the deadline and names what hung', async () => {
    const tiny = start({ TINY_DOES: 'hang', SHUTDOWN_DEADLINE_MS: '200' })
    await tiny.logged('started')
    tiny.child.kill('SIGTERM')
    expect(await tiny.ended).toBe(1)
    expect(tiny.entries().at(-1)).toMatchObject({ level: 'fatal', unfinished: ['pool', 'worker'] })
  })

  test('ends at once with 1 when it is told again and again', async () => {
    const tiny = start({ TINY_DOES: 'hang' })
    await tiny.logged('started')
    await waitFor(() => tiny.child.exitCode !== null || !tiny.child.kill('SIGINT'), { what: 'the end', everyMs: 100 })
    expect(await tiny.ended).toBe(1)
  })

  test('with wrong settings ends with 78 and one clear message', async () => {
    const tiny = start({ TINY_ADMIN_PORT: 'x', LOG_LEVEL: 'loud' })
    expect(await tiny.ended).toBe(78)
    expect(tiny.stdout()).toBe('')
    expect(tiny.stderr()).toBe(
      [
        'tiny: 2 settings are wrong:',
        '  LOG_LEVEL="loud" (environment) must be one of trace, debug, info, warn, error, fatal, silent',
        '  TINY_ADMIN_PORT="x" (environment) must be a port from 0 to 65535 (0: any free one)',
        '',
      ].join('\n'),
    )
  })

  test('prints its settings without secrets and ends with 0', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-run-'))
    writeFileSync(join(directory, '.env'), 'LOG_LEVEL=debug\nTINY_ADMIN_PORT=1234\n')
    const tiny = start({ MILLRACE_ENV_FILE: join(directory, '.env'), LOG_LEVEL: 'warn' }, ['--print-settings'])
    expect(await tiny.ended).toBe(0)
    expect(tiny.stdout()).toMatch(/^TINY_TOKEN=\*{8} +# environment$/m)
    expect(tiny.stdout()).toMatch(/^LOG_LEVEL=warn +# environment$/m)
    expect(tiny.stdout()).toMatch(/^TINY_ADMIN_PORT=1234 +# .*\.env$/m)
    expect(tiny.stdout()).toMatch(/^KAFKA_EVENT_PARTITIONS=12 +# default$/m)
    expect(tiny.stdout() + tiny.stderr()).not.toContain(CANARY)
  })

  test('whose start fails ends with 1, saying why and no secret', async () => {
    const tiny = start({ TINY_DOES: 'fail' })
    expect(await tiny.ended).toBe(1)
    expect(tiny.entries().at(-1)).toMatchObject({
      level: 'fatal',
      message: 'could not start',
      error: { message: 'no ********' },
    })
    expect(tiny.stdout() + tiny.stderr()).not.toContain(CANARY)
  })

  test('ends with 1 after an error that nobody caught, with its stack', async () => {
    const tiny = start({ TINY_DOES: 'throw later' })
    expect(await tiny.ended).toBe(1)
    expect(tiny.entries().at(-1)).toMatchObject({
      level: 'fatal',
      error: { stack: expect.stringContaining('tiny-service.ts') },
    })
  })

  test('goes on after an error that code of others did not catch, and says whose', async () => {
    const tiny = start({ TINY_DOES: 'run code of others' })
    const theirs = () => tiny.entries().filter(({ owner }) => owner === 'team')
    await waitFor(() => theirs().length === 2, { what: 'both errors in the log' })
    expect(theirs().map(({ level }) => level)).toEqual(['error', 'error'])
    tiny.child.kill('SIGTERM')
    expect(await tiny.ended).toBe(0)
  })

  test('whose admin port is taken ends with 1 and names the setting', async () => {
    const first = start()
    const { admin_port } = await first.logged('started')
    const second = start({ TINY_ADMIN_PORT: String(admin_port) })
    expect(await second.ended).toBe(1)
    expect(second.stderr()).toBe(`tiny: Port ${admin_port} on 127.0.0.1 is in use; TINY_ADMIN_PORT sets another\n`)
  })
})

describe('telemetry', () => {
  test('is served as Prometheus metrics without any collector', async () => {
    const { admin_port } = await start().logged('started')
    const metrics = await (await fetch(`http://127.0.0.1:${admin_port}/metrics`)).text()
    expect(metrics).toMatch(/^tiny_grains_total 3$/m)
    expect(metrics).toMatch(/^target_info\{service_name="tiny",service_version="0.1.0".*\} 1$/m)
    for (const name of ['nodejs_eventloop_delay_p99', 'v8js_memory_heap_used', 'process_cpu_time_total']) {
      expect(metrics).toMatch(new RegExp(`^${name}(\\{.*\\})? [0-9.e+-]+$`, 'm'))
    }
  })

  test('reaches a collector as traces, metrics and logs, the last of them from the shutdown itself', async () => {
    const received = new Map<string, string>()
    const collector = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString('latin1')
      received.set(request.url ?? '', (received.get(request.url ?? '') ?? '') + body)
      response.end()
    })
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
    const { port } = collector.address() as AddressInfo
    const tiny = start({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` })
    const { trace_id } = await tiny.logged('grinding')
    expect(trace_id).toMatch(/^[0-9a-f]{32}$/)
    await tiny.logged('started')
    tiny.child.kill('SIGTERM')
    expect(await tiny.ended).toBe(0)
    collector.close()
    expect(received.get('/v1/traces')).toContain('grind')
    expect(received.get('/v1/metrics')).toContain('tiny.grains')
    expect(received.get('/v1/logs')).toContain('stopped')
    expect([...received.values()].join()).not.toContain(CANARY)
  })

  test('whose collector is away does not keep the service from ending with 0', async () => {
    const tiny = start({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` })
    await tiny.logged('started')
    tiny.child.kill('SIGTERM')
    expect(await tiny.ended).toBe(0)
  })
})

test('a service whose Kafka and Redis are away is live, not ready, and goes on when they come', async () => {
  const [kafkaPort, redisPort, adminPort] = await Promise.all([freePort(), freePort(), freePort()])
  const tiny = start({
    TINY_DOES: 'connect',
    TINY_ADMIN_PORT: String(adminPort),
    KAFKA_BROKERS: `127.0.0.1:${kafkaPort}`,
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    REDIS_PREFIX: `t${process.pid}:`,
  })
  const ask = (path: string) => fetch(`http://127.0.0.1:${adminPort}${path}`)
  await tiny.logged('not possible yet, trying again')
  expect((await ask('/livez')).status).toBe(200)
  const unready = await ask('/readyz')
  expect(unready.status).toBe(503)
  expect(await unready.json()).toMatchObject({
    checks: { started: { ok: false }, redis: { ok: false }, kafka: { ok: false } },
  })

  const proxies = await Promise.all([
    startTcpProxy({ port: kafkaPort, target: target(process.env.KAFKA_BROKERS ?? '') }),
    startTcpProxy({ port: redisPort, target: target(new URL(process.env.REDIS_URL ?? '').host) }),
  ])
  await waitFor(async () => (await ask('/readyz')).status === 200, { what: 'readiness' })
  tiny.child.kill('SIGTERM')
  expect(await tiny.ended).toBe(0)
  await Promise.all(proxies.map((proxy) => proxy.close()))
})

function target(address: string): { host: string; port: number } {
  const [host = '', port = ''] = address.split(',')[0]?.split(':') ?? []
  return { host, port: Number(port) }
}

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, spawnGuarded } from '@millrace/local'
import { bareEnv } from './bare-env.ts'
import { waitFor } from './wait-for.ts'

export interface RunServiceOptions {
  /** Folder under `services/`. */
  readonly name: string
  /** Its settings. Nothing else of this process's environment reaches it, so that a developer's `.env` changes no test. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: a free one. */
  readonly adminPort?: number
  /** Milliseconds until it must be ready. Default 60 000. */
  readonly readyWithinMs?: number
  /** Wait for `/livez` only, for a service that is not to get ready. Default false. */
  readonly isUnready?: boolean
  /** Told of every line as it is written, over all starts: `log` has the last ones alone. */
  readonly onLine?: OnLine
}

/** @param name of the service */
export type OnLine = (name: string, line: string) => void

/** A service as a process of its own. It dies with this process, however this one ends. */
export interface ServiceProcess {
  readonly name: string
  /** Undefined while it does not run. */
  readonly pid: number | undefined
  readonly adminUrl: string
  /** The last 5 000 lines that it wrote to stdout and stderr, over all its starts. */
  readonly log: readonly string[]
  /** Exit code or signal of the last end; null while it runs, and until all that it wrote is in `log`. */
  readonly ended: number | NodeJS.Signals | null
  /** Starts it again with the same settings and ports; resolves when it is ready. */
  start(): Promise<void>
  /** Sends the signal (default SIGKILL) and resolves when the process has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Ends it in order by SIGTERM; by SIGKILL after `deadlineMs` (default 30 000, beyond its own deadline of 25 s). Idempotent. */
  stop(deadlineMs?: number): Promise<void>
  restart(): Promise<void>
  /** Text of `/metrics`. */
  metrics(): Promise<string>
}

const root = resolve(import.meta.dirname, '../../..')
/** The project's own Node: the one on PATH may be too old to run TypeScript. */
const node = join(root, 'node_modules/node/bin/node')
const KEPT_LINES = 5_000
/** What a service leaves running may hold its output open for ever. */
const OUTPUT_WITHIN_MS = 10_000

/**
 * Starts `services/<name>/src/main.ts` and waits until `/readyz` says yes.
 * @throws Error with the end of its log when it ends before, or is not ready in time.
 */
export async function runService(options: RunServiceOptions): Promise<ServiceProcess> {
  const { name, env = {} } = options
  const port = options.adminPort ?? (await freePort())
  const log: string[] = []
  let child: ChildProcess | undefined
  let ended: ServiceProcess['ended'] = null
  let end: Promise<void> = Promise.resolve()

  const service: ServiceProcess = {
    name,
    get pid() {
      return ended === null ? child?.pid : undefined
    },
    adminUrl: `http://127.0.0.1:${port}`,
    log,
    get ended() {
      return ended
    },
    start: async () => {
      ended = null
      child = launch(name, { [`${name.toUpperCase().replaceAll('-', '_')}_ADMIN_PORT`]: String(port), ...env })
      keepLines(child, log, (line) => options.onLine?.(name, line))
      end = howItEnds(child).then((how) => {
        ended = how
      })
      await ready(service, options)
    },
    kill: async (signal = 'SIGKILL') => {
      if (!child || ended !== null) return
      child.kill(signal)
      await end
    },
    stop: async (deadlineMs = 30_000) => {
      const force = setTimeout(() => child?.kill('SIGKILL'), deadlineMs)
      await service.kill('SIGTERM')
      clearTimeout(force)
    },
    restart: async () => {
      await service.stop()
      await service.start()
    },
    metrics: async () => (await fetch(`${service.adminUrl}/metrics`)).text(),
  }
  try {
    await service.start()
  } catch (error) {
    await service.kill()
    throw error
  }
  return service
}

function launch(name: string, env: Readonly<Record<string, string>>): ChildProcess {
  return spawnGuarded(node, [join(root, 'services', name, 'src/main.ts')], {
    // A service reads the `.env` of its directory and of the checkout above it.
    cwd: tmpdir(),
    env: { ...bareEnv(), ADMIN_HOST: '127.0.0.1', NODE_ENV: 'test', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function keepLines(child: ChildProcess, log: string[], onLine: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    createInterface({ input: stream }).on('line', (line) => {
      onLine(line)
      log.push(line)
      if (log.length > KEPT_LINES * 2) log.splice(0, log.length - KEPT_LINES)
    })
  }
}

/** Resolves once it has ended and its last lines were read, which may take longer: the end of a process is told before what is left in its pipes. */
async function howItEnds(child: ChildProcess): Promise<ServiceProcess['ended']> {
  const closed = once(child, 'close')
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  await Promise.race([closed, sleep(OUTPUT_WITHIN_MS, undefined, { ref: false })])
  return signal ?? code
}

async function ready(service: ServiceProcess, options: RunServiceOptions): Promise<void> {
  const url = `${service.adminUrl}/${options.isUnready ? 'livez' : 'readyz'}`
  const look = async (): Promise<string | false> => {
    if (service.ended !== null) return 'ended'
    const response = await fetch(url)
    if (response.ok) return 'ready'
    throw new Error(await response.text())
  }
  const what = `${service.name} to be ${options.isUnready ? 'live' : 'ready'}`
  const seen = await waitFor(look, { what, deadlineMs: options.readyWithinMs ?? 60_000, everyMs: 50 }).catch(
    (error: Error) => error.message,
  )
  if (seen === 'ready') return
  const how = seen === 'ended' ? `${service.name} ended with ${service.ended} before it was ready` : seen
  throw new Error(`${how}\n${service.log.slice(-20).join('\n')}`)
}

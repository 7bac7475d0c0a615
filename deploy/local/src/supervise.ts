import type { ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { LocalError } from './errors.ts'
import { lastLines } from './last-lines.ts'
import { until } from './wait.ts'
import { spawnGuarded } from './watchdog.ts'

export interface SupervisedProcess {
  readonly name: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Gets all output; begun anew by `supervise`. */
  readonly logFile: string
  readonly isReady: () => Promise<boolean>
  /** Called for every line of output. */
  readonly onLine?: (line: string) => void
  /** Called when it ended by itself and is started again after `delayMs`. */
  readonly onDeath?: (how: string, delayMs: number) => void
  /** Called when it answers again after a death. */
  readonly onRecovery?: () => void
}

export interface Supervised {
  readonly name: string
  readonly pid: number | undefined
  /** Settles when it is ready; throws MR_LOCAL_SERVER_DOWN when it died three times before, or after 60 s. */
  ready(): Promise<void>
  /** SIGTERM, SIGKILL after `deadlineMs`; it is not started again. */
  stop(deadlineMs: number): Promise<void>
}

/** A process that lived this long starts its backoff anew. */
const steadyMs = 60_000
const longestDelayMs = 30_000

/** Starts a process, and starts it again whenever it ends, at first after 0.5 s, then after twice as long each time. */
export function supervise(options: SupervisedProcess): Supervised {
  const log = createWriteStream(options.logFile, { flags: 'w' })
  let child: ChildProcess | undefined
  let timer: NodeJS.Timeout | undefined
  let deaths = 0
  let isStopping = false

  const start = (): void => {
    const began = Date.now()
    const started = spawnGuarded(process.execPath, options.args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    child = started
    for (const stream of [started.stdout, started.stderr]) {
      if (stream) forward(stream, log, options.onLine)
    }
    started.once('exit', (code, signal) => {
      child = undefined
      if (isStopping) return
      if (Date.now() - began > steadyMs) deaths = 0
      const delayMs = Math.min(longestDelayMs, 500 * 2 ** deaths++)
      options.onDeath?.(signal ? `was ended by ${signal}` : `ended with exit code ${code}`, delayMs)
      timer = setTimeout(startAgain, delayMs)
    })
  }

  const startAgain = (): void => {
    start()
    const mine = child
    void until(async () => child !== mine || (await options.isReady()), { deadlineMs: steadyMs, everyMs: 200 }).then(
      (isReady) => isReady && child === mine && !isStopping && options.onRecovery?.(),
    )
  }

  start()
  return {
    name: options.name,
    get pid() {
      return child?.pid
    },
    async ready() {
      const isReady = await until(async () => deaths >= 3 || isStopping || (await options.isReady()), {
        deadlineMs: 60_000,
        everyMs: 100,
      })
      if (!isReady || deaths >= 3) throw notReady(options, deaths)
    },
    async stop(deadlineMs) {
      isStopping = true
      clearTimeout(timer)
      const running = child
      if (running) await end(running, deadlineMs)
      log.end()
    },
  }
}

function forward(stream: Readable, log: NodeJS.WritableStream, onLine?: (line: string) => void): void {
  createInterface({ input: stream }).on('line', (line) => {
    log.write(`${line}\n`)
    onLine?.(line)
  })
}

function end(child: ChildProcess, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
    child.kill('SIGTERM')
  })
}

function notReady({ name, logFile }: SupervisedProcess, deaths: number): LocalError {
  const how = deaths >= 3 ? `ended ${deaths} times` : 'was not ready within 60 s'
  return new LocalError(
    'MR_LOCAL_SERVER_DOWN',
    `${name} ${how}. Its log is ${logFile}, the last lines:\n${lastLines(logFile, 6)}`,
  )
}

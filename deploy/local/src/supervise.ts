import type { ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
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
  /** How long `ready` waits, default 180 s: a slow machine takes a minute for what a fast one does in ten seconds. */
  readonly readyWithinMs?: number
  /** Called for every line of output. */
  readonly onLine?: (line: string) => void
  /** Called when it ended by itself and is started again after `delayMs`. */
  readonly onDeath?: (how: string, delayMs: number) => void
  /** Called when there is another `pid`, or none. */
  readonly onPid?: () => void
  /** Called when it answers again after a death. */
  readonly onRecovery?: () => void
}

export interface Supervised {
  readonly name: string
  readonly pid: number | undefined
  /**
   * Settles when it is ready. Throws MR_LOCAL_SETTING with what it said when it refuses its settings, MR_LOCAL_SERVER_DOWN when it died
   * three times, or after `readyWithinMs`.
   */
  ready(): Promise<void>
  /** SIGTERM, SIGKILL after `deadlineMs`; it is not started again. */
  stop(deadlineMs: number): Promise<void>
}

/** A process that lived this long starts its backoff anew. */
const steadyMs = 60_000
const defaultReadyWithinMs = 180_000
const longestDelayMs = 30_000
/** The exit code of a process that refuses its settings (EX_CONFIG of sysexits.h). */
const refusedSettings = 78
const keptLines = 40

/**
 * Starts a process, and starts it again whenever it ends, at first after 0.5 s, then after twice as long each time. One that refuses its
 * settings before it was ever ready would do so again, and is left alone.
 */
export function supervise(options: SupervisedProcess): Supervised {
  const { readyWithinMs = defaultReadyWithinMs } = options
  const log = createWriteStream(options.logFile, { flags: 'w' })
  let child: ChildProcess | undefined
  let timer: NodeJS.Timeout | undefined
  let deaths = 0
  let isStopping = false
  let wasReady = false
  let refusal: string | undefined

  const isReady = async (): Promise<boolean> => {
    const answer = await options.isReady()
    wasReady ||= answer
    return answer
  }

  const start = (): void => {
    const began = Date.now()
    const started = spawnGuarded(process.execPath, options.args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    child = started
    const said: string[] = []
    const onLine = (line: string): void => {
      log.write(`${line}\n`)
      if (said.length < keptLines) said.push(line)
      options.onLine?.(line)
    }
    for (const stream of [started.stdout, started.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', onLine)
    }
    options.onPid?.()
    // Not before its output has been read to the end.
    started.once('close', (code) => {
      if (code === refusedSettings && !wasReady) refusal = said.join('\n')
    })
    started.once('exit', (code, signal) => {
      child = undefined
      options.onPid?.()
      if (isStopping || (code === refusedSettings && !wasReady)) return
      if (Date.now() - began > steadyMs) deaths = 0
      const delayMs = Math.min(longestDelayMs, 500 * 2 ** deaths++)
      options.onDeath?.(signal ? `was ended by ${signal}` : `ended with exit code ${code}`, delayMs)
      timer = setTimeout(startAgain, delayMs)
    })
  }

  const startAgain = (): void => {
    start()
    const mine = child
    void until(async () => child !== mine || (await isReady()), { deadlineMs: steadyMs, everyMs: 200 }).then(
      (isBack) => isBack && child === mine && !isStopping && options.onRecovery?.(),
    )
  }

  start()
  return {
    name: options.name,
    get pid() {
      return child?.pid
    },
    async ready() {
      const hasSettled = async (): Promise<boolean> =>
        deaths >= 3 || isStopping || refusal !== undefined || (await isReady())
      const isSettled = await until(hasSettled, { deadlineMs: readyWithinMs, everyMs: 100 })
      if (refusal !== undefined) throw new LocalError('MR_LOCAL_SETTING', refusal)
      if (!isSettled || deaths >= 3)
        throw notReady(
          options,
          deaths >= 3 ? `ended ${deaths} times` : `was not ready within ${readyWithinMs / 1_000} s`,
        )
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

function notReady({ name, logFile }: SupervisedProcess, how: string): LocalError {
  const lines = lastLines(logFile, 6)
  const said =
    lines === ''
      ? `It has said nothing yet (${logFile} is empty), so this machine was too busy to start it: try again when it is less so.`
      : `Its log is ${logFile}, the last lines:\n${lines}`
  return new LocalError('MR_LOCAL_SERVER_DOWN', `${name} ${how}. ${said}`)
}

import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { brokenDownloadAdvice } from './broken-download.ts'
import { portTaken } from './check-ports.ts'
import { LocalError } from './errors.ts'
import { lastLines } from './last-lines.ts'
import { until } from './wait.ts'
import { spawnGuarded } from './watchdog.ts'

/** One process of the stack: a broker or a Redis. Every method settles when what it says is observed. */
export interface Server {
  readonly name: string
  /** Process id while it runs; undefined when stopped or when it runs in a container. */
  readonly pid: number | undefined
  /** Starts it again on the same port and data. */
  start(): Promise<void>
  /** Ends it in order (SIGTERM), after 10 s by force. */
  stop(): Promise<void>
  /** Ends it at once (SIGKILL), as a crash would. */
  kill(): Promise<void>
  /** `stop` and `start`. */
  restart(): Promise<void>
}

export interface ServerProcess {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  /** Where stdout and stderr go, appended. */
  readonly logFile: string
  /** The port of 127.0.0.1 that it listens on. */
  readonly port?: number
  /** The setting that moves the port, where one does. */
  readonly portVariable?: string | undefined
  /** Whether the server answers its clients: this one, not another that has taken its port meanwhile. */
  readonly isReady: () => Promise<boolean>
  /** Milliseconds it may take to answer. Default 60 000. */
  readonly startDeadlineMs?: number
  /** Called when it ends without having been told to. */
  readonly onCrash?: ((server: Server, how: string) => void) | undefined
}

/**
 * Runs a server as a child process that dies with this one. Not started yet: call `start`, which throws MR_LOCAL_PORT_BUSY while another process
 * has its port, MR_LOCAL_SERVER_DOWN when it ends or does not answer in time.
 */
export function processServer(options: ServerProcess): Server {
  let child: ChildProcess | undefined
  let isTold = false

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = child
    if (!running?.pid) return
    isTold = true
    const { pid } = running
    const ended = exited(running)
    running.kill(signal)
    const timer = setTimeout(() => killGroup(pid), 10_000)
    await ended
    clearTimeout(timer)
  }

  const server: Server = {
    name: options.name,
    get pid() {
      return child?.pid
    },
    async start() {
      if (child) return
      await refuseTakenPort(options)
      isTold = false
      const started = launch(options)
      child = started
      let how: string | undefined
      started.once('error', (error) => {
        how = error.message
      })
      started.once('exit', (code, signal) => {
        child = undefined
        how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`
      })
      const ready = await until(async () => how !== undefined || (await options.isReady()), {
        deadlineMs: options.startDeadlineMs ?? 60_000,
      })
      if (how !== undefined || !ready) {
        await server.kill()
        await refuseTakenPort(options)
        throw startError(options, how ?? 'did not answer in time')
      }
      started.once('exit', () => {
        if (!isTold) options.onCrash?.(server, how ?? 'ended')
      })
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async restart() {
      await server.stop()
      await server.start()
    },
  }
  return server
}

async function refuseTakenPort({ name, port, portVariable }: ServerProcess): Promise<void> {
  const taken = port === undefined ? undefined : await portTaken(name, port, portVariable)
  if (taken !== undefined) throw taken
}

function launch(options: ServerProcess): ChildProcess {
  const log = openSync(options.logFile, 'a')
  try {
    return spawnGuarded(options.command, options.args, { cwd: options.cwd, stdio: ['ignore', log, log] })
  } finally {
    closeSync(log)
  }
}

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => child.once('exit', () => resolve()))
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended between the deadline and now.
  }
}

function startError(options: ServerProcess, how: string): LocalError {
  const advice = brokenDownloadAdvice(lastLines(options.logFile, 40))
  return new LocalError(
    'MR_LOCAL_SERVER_DOWN',
    `${advice}${options.name} did not start: it ${how}. Its log is ${options.logFile}, the last lines:\n${lastLines(options.logFile, 8)}`,
  )
}

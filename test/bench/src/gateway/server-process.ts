import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { root, spawnGuarded } from '@millrace/local'
import { waitFor } from '@millrace/test-support'

/** What a process has used so far. */
export interface Usage {
  /** Seconds of all its threads, in user and in kernel mode. */
  readonly cpu: number
  /** Bytes. */
  readonly rss: number
}

/** A server under test: one process, or several that share a port. */
export interface ServerUnderTest {
  readonly name: string
  readonly port: number
  usage(): Usage
  stop(): Promise<void>
}

export interface ServerOptions {
  readonly name: string
  /** Below the root of the checkout. */
  readonly script: string
  readonly port: number
  /** Environment of each process. */
  readonly envs: readonly Readonly<Record<string, string>>[]
  /** Directory for what they write to stdout. */
  readonly dir: string
  /** Answers true when one more process is ready. Default: the port answers. */
  readonly isReady?: () => Promise<boolean>
  readonly nodeArguments?: readonly string[]
}

/** Starts the processes with their output in files, as under a supervisor: a reader of it on this machine would be measured too. */
export async function startServer(options: ServerOptions): Promise<ServerUnderTest> {
  const { name, port, dir } = options
  const children = options.envs.map((env, place) => {
    const output = openSync(join(dir, `${name}-${place}.log`), 'w')
    const { PATH = '', HOME = '' } = process.env
    return spawnGuarded(process.execPath, [...(options.nodeArguments ?? []), join(root, options.script)], {
      cwd: dir,
      env: { PATH, HOME, PORT: String(port), ...env },
      stdio: ['ignore', output, output],
    })
  })
  const isReady = options.isReady ?? (() => answers(port))
  await waitFor(isReady, { what: `${name} to be ready`, deadlineMs: 30_000, everyMs: 50 })
  return {
    name,
    port,
    usage: () => children.map(({ pid }) => usageOf(pid ?? 0)).reduce(add),
    async stop() {
      await Promise.all(
        children.map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return
          const exit = once(child, 'exit')
          child.kill('SIGTERM')
          await exit
        }),
      )
    },
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

function add(a: Usage, b: Usage): Usage {
  return { cpu: a.cpu + b.cpu, rss: a.rss + b.rss }
}

/** Clock ticks a second in /proc: 100 on every Linux that Node runs on. */
const TICKS = 100

/**
 * What a process has used since it began: by /proc where there is one (hundredths of a second), else by ps, which tells hundredths on macOS:
 * `[hh:]mm:ss.ff` and KiB.
 */
export function usageOf(pid: number): Usage {
  if (existsSync(`/proc/${pid}/stat`)) {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    const resident = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return { cpu: (Number(fields[11]) + Number(fields[12])) / TICKS, rss: Number(resident) * 1_024 }
  }
  const [time = '', rss = ''] = execFileSync('ps', ['-o', 'time=,rss=', '-p', String(pid)], { encoding: 'utf8' })
    .trim()
    .split(/\s+/)
  return { cpu: time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0), rss: Number(rss) * 1_024 }
}

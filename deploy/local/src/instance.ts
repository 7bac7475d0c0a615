import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LocalError } from './errors.ts'
import type { Env } from './local-env.ts'
import { localDir } from './paths.ts'

/** What a running `npm start` tells the other commands. */
export interface Instance {
  readonly pid: number
  /** When the process began, as the system counts; tells it from a later process with the same number. */
  readonly began: string
  readonly brokers?: string
  readonly redisUrl?: string
  readonly how?: string
  /** The ports of all its processes, by the variable that moves each. */
  readonly ports?: Env
  readonly isSimulated?: boolean
  /** Process ids by name, of what runs at the moment. */
  readonly pids?: Readonly<Record<string, number>>
}

const file = join(localDir, 'run.json')
let described: Omit<Instance, 'pid' | 'began'> = {}

/** The `npm start` of this checkout that runs now; undefined when none does. */
export function runningInstance(): Instance | undefined {
  const instance = readInstance()
  return instance && beganAt(instance.pid) === instance.began ? instance : undefined
}

/** Takes the place of the one running instance. Throws MR_LOCAL_RUNNING when there is one. */
export function claimInstance(): void {
  const running = runningInstance()
  if (running && running.pid !== process.pid) {
    throw new LocalError(
      'MR_LOCAL_RUNNING',
      `Millrace runs already from this checkout (pid ${running.pid}). \`npm run status\` shows it; end it with Ctrl-C in its terminal, or \`kill ${running.pid}\`.`,
    )
  }
  describeInstance({})
}

/** Writes down where the running stack is; what was told before stays. */
export function describeInstance(facts: Omit<Instance, 'pid' | 'began'>): void {
  mkdirSync(localDir, { recursive: true })
  described = { ...described, ...facts }
  const instance: Instance = { pid: process.pid, began: beganAt(process.pid) ?? '', ...described }
  // Whoever reads it meanwhile must not find half of it.
  writeFileSync(`${file}.new`, `${JSON.stringify(instance)}\n`)
  renameSync(`${file}.new`, file)
}

export function releaseInstance(): void {
  if (readInstance()?.pid === process.pid) rmSync(file, { force: true })
}

function readInstance(): Instance | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

/** Linux tells it in /proc (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, field 22), others by ps. */
function beganAt(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)])
        .toString()
        .trim()
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

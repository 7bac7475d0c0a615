import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { bareEnv } from '@millrace/test-support'

const root = resolve(import.meta.dirname, '../../../..')
/** The project's own Node: the one on PATH may be too old to run TypeScript. */
const node = join(root, 'node_modules/node/bin/node')
const main = join(root, 'packages/cli/src/main.ts')

export type Env = Readonly<Record<string, string>>

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
  readonly tookMs: number
}

/** A prefix of its own on the broker of the tests. */
export function ownTopics(): Env {
  return {
    KAFKA_BROKERS: process.env.KAFKA_BROKERS ?? '',
    KAFKA_PREFIX: `t${randomBytes(5).toString('hex')}.`,
    KAFKA_EVENT_PARTITIONS: '2',
  }
}

/** Starts `millrace`; nothing of this process's environment reaches it but what is given. */
export function start(args: readonly string[], env: Env = {}): ChildProcess {
  // A developer's .env is not read from there.
  return spawn(node, [main, ...args], { cwd: tmpdir(), env: { ...bareEnv(), ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
}

/** Runs `millrace` to its end. */
export async function millrace(args: readonly string[], env: Env = {}, input = ''): Promise<Ended> {
  const began = performance.now()
  const child = start(args, env)
  child.stdin?.end(input)
  let [out, err] = ['', '']
  child.stdout?.on('data', (chunk) => {
    out += chunk
  })
  child.stderr?.on('data', (chunk) => {
    err += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err, tookMs: performance.now() - began }
}

/** The JSON lines of an output. */
export function jsonLines(out: string): Record<string, unknown>[] {
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

import { type ChildProcess, execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import {
  freePort,
  kafkaPort,
  type PortSetting,
  redisPort,
  root,
  services,
  simulators,
  spawnGuarded,
} from '@millrace/local'
import { bareEnv, waitFor } from '@millrace/test-support'

/** What a newcomer has after `npm start`: the demo has been played, and the terminal says where the console is. */
export interface RunningMillrace {
  readonly consoleUrl: string
  /** The one-time link of the first administrator, as `npm start` printed it. */
  readonly link: string
  readonly gatewayUrl: string
  readonly receiverUrl: string
  readonly simulatorUrl: string
  /** All that it printed. */
  readonly output: readonly string[]
  /** `npm run millrace -- …` beside it; resolves with what it printed. */
  millrace(...args: readonly string[]): Promise<string>
  stop(): Promise<void>
}

export interface StartMillraceOptions {
  /** Settings beyond free ports and a directory of its own. */
  readonly env?: Readonly<Record<string, string>>
  readonly readyWithinMs?: number
}

const node = join(root, 'node_modules/node/bin/node')
const LINK = /https?:\/\/\S+\/login#code=\S+/
const READY = /Ctrl-C\s+ends everything/

/** A whole `npm start` with its demo, on ports and in a directory of its own. @throws Error with the end of its output. */
export async function startMillrace({
  env = {},
  readyWithinMs = 150_000,
}: StartMillraceOptions = {}): Promise<RunningMillrace> {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-start-'))
  const ports = await freePorts()
  const { KAFKA_BROKERS, REDIS_URL } = process.env
  const named = KAFKA_BROKERS && REDIS_URL ? { KAFKA_BROKERS, REDIS_URL } : {}
  const own = { ...bareEnv(), ...named, ...ports, MILLRACE_LOCAL_DIR: dir, ...prefixes(dir), ...env }
  const child = spawnGuarded(node, [join(root, 'deploy/local/src/start.ts')], {
    cwd: root,
    env: own,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = keepLines(child)
  const stop = async () => {
    await end(child)
    await rm(dir, { recursive: true, force: true })
  }
  try {
    await waitFor(() => child.exitCode !== null || output.some((line) => READY.test(line)), {
      what: 'npm start to be up',
      deadlineMs: readyWithinMs,
      everyMs: 200,
    })
    const link = output.map((line) => LINK.exec(line)?.[0]).find((found) => found !== undefined)
    if (child.exitCode !== null || link === undefined) throw new Error('npm start ended, or printed no link to log in')
    return {
      consoleUrl: new URL(link).origin,
      link,
      gatewayUrl: `http://127.0.0.1:${ports.GATEWAY_PORT}`,
      receiverUrl: `http://127.0.0.1:${ports.RECEIVER_PORT}`,
      simulatorUrl: `http://127.0.0.1:${ports.FRONT_SIMULATOR_PORT}`,
      output,
      millrace: async (...args) => {
        const command = [join(root, 'deploy/local/src/millrace.ts'), ...args]
        return (await promisify(execFile)(node, command, { cwd: root, env: own })).stdout
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw new Error(`${error instanceof Error ? error.message : error}\n${output.slice(-40).join('\n')}`)
  }
}

/** Names of topics and keys that no other run on these servers has. */
function prefixes(dir: string): Record<string, string> {
  const prefix = `${dir.slice(-6).toLowerCase()}.`
  return { KAFKA_PREFIX: prefix, REDIS_PREFIX: prefix }
}

async function freePorts(): Promise<Record<string, string>> {
  const processes = [...services, ...simulators].flatMap(({ http, admin }) => [http, admin])
  const settings = [...processes, kafkaPort, redisPort].filter((port): port is PortSetting => port !== undefined)
  const entries: [string, string][] = []
  // One after the other: two searches at once may find the same.
  for (const { variable } of settings) entries.push([variable, String(await freePort())])
  return Object.fromEntries(entries)
}

function keepLines(child: ChildProcess): string[] {
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', (line) => output.push(line))
  }
  return output
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGINT')
  await exit
}

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { namedServers } from './addresses.ts'
import { checkPorts } from './check-ports.ts'
import { consolePrinter } from './console-lines.ts'
import { LocalError } from './errors.ts'
import { lastLines } from './last-lines.ts'
import { type Env, portOf } from './local-env.ts'
import { localDir, root } from './paths.ts'
import { answersReady } from './readiness.ts'
import { runChild } from './run-child.ts'
import { type Say, withProgress } from './say.ts'
import type { Server } from './server.ts'
import { kafkaPort, type LocalProcess, type PortSetting, redisPort } from './services.ts'
import { type Stack, startStack } from './stack.ts'
import { type Supervised, supervise } from './supervise.ts'

/** How often a slow start names what it waits for. */
const STILL_STARTING_EVERY_MS = 20_000

export interface LaunchOptions {
  /** What the person set, for the choice of servers. */
  readonly given: Env
  /** What our processes run with. */
  readonly env: Env
  readonly processes: readonly LocalProcess[]
  /** Arguments of Node that create the topics; run when the broker is up, before the services. */
  readonly createTopics: readonly string[]
  readonly dir: string
  readonly say: Say
  /** Told the process ids by name whenever one has changed. */
  readonly onPids: (pids: Readonly<Record<string, number>>) => void
  /** Shouts: a process died, a server crashed. */
  readonly shout: (text: string) => void
  /** Aborted when the person wants an end. */
  readonly signal: AbortSignal
}

export interface Launched {
  readonly stack: Stack
  /** The settings of the processes, with the addresses of the stack. */
  readonly env: Env
  readonly processes: readonly Supervised[]
}

/** Whatever has come up so far, so that an interrupted start can be taken down too. */
export interface Launch {
  readonly up: Promise<Launched>
  /** Resolves when a server that ended cannot be started again because another process has taken its port: whatever went on would use that process's server. */
  readonly lost: Promise<LocalError>
  /** Services first, then the broker, then Redis. Safe to call at any time, twice too. */
  stop(): Promise<void>
}

const logs = join(localDir, 'logs')

/** Brings the whole local stack up. */
export function launch(options: LaunchOptions): Launch {
  const processes: Supervised[] = []
  let stack: Stack | undefined
  let isStopping = false
  const lost = Promise.withResolvers<LocalError>()

  const tellPids = (): void => {
    const all = [...(stack?.nodes ?? []), ...(stack ? [stack.redis] : []), ...processes]
    const known = all.flatMap(({ name, pid }) => (pid === undefined ? [] : [[name.toLowerCase(), pid] as const]))
    options.onPids(Object.fromEntries(known))
  }

  const bringUp = async (): Promise<Launched> => {
    mkdirSync(logs, { recursive: true })
    await checkPorts(options.env, neededPorts(options))
    const onCrash = (server: Server, how: string): void => void bringBack(server, how)
    stack = await withProgress(options.say, 'Starting Kafka and Redis', () =>
      startStack({ ...stackPlace(options), onCrash }),
    )
    const env = { ...options.env, KAFKA_BROKERS: stack.brokers, REDIS_URL: stack.redisUrl }
    await createTopics(options, env)
    // Downloads may have taken minutes; a service would be taken for ready when another stack's answers on its port.
    await checkPorts(options.env, processPorts(options))
    if (!isStopping) {
      processes.push(...options.processes.map((process) => startProcess(process, env, { ...options, onPid: tellPids })))
    }
    tellPids()
    await waitUntilReady(processes, options.say)
    return { stack, env, processes }
  }

  const bringBack = async (server: Server, how: string): Promise<void> => {
    tellPids()
    for (let delayMs = 500; !isStopping; delayMs = Math.min(30_000, delayMs * 2)) {
      options.shout(`${server.name} ${how}; it is started again in ${delayMs / 1000} s`)
      await sleep(delayMs)
      if (isStopping) return
      try {
        await server.start()
        tellPids()
        return options.shout(`${server.name} is back`)
      } catch (error) {
        if (error instanceof LocalError && error.code === 'MR_LOCAL_PORT_BUSY') return lost.resolve(error)
        how = `did not start (${error instanceof Error ? error.message : error})`
      }
    }
  }

  return {
    up: bringUp(),
    lost: lost.promise,
    async stop() {
      isStopping = true
      await Promise.all(processes.map((process) => process.stop(6_000)))
      await stack?.stop()
    },
  }
}

function stackPlace({ given, env, dir, say }: LaunchOptions) {
  return { dir, env: given, say, kafkaPort: portOf(env, kafkaPort), redisPort: portOf(env, redisPort) }
}

function neededPorts(options: LaunchOptions): PortSetting[] {
  const named = namedServers(options.given)
  const servers = [...(named.brokers ? [] : [kafkaPort]), ...(named.redisUrl ? [] : [redisPort])]
  return [...servers, ...processPorts(options)]
}

function processPorts({ processes }: LaunchOptions): PortSetting[] {
  return processes.flatMap(({ http, admin }) => [http, admin].filter((port) => port !== undefined))
}

async function createTopics(options: LaunchOptions, env: Env): Promise<void> {
  const done = options.say.progress('Creating topics')
  const logFile = join(logs, 'topics.log')
  const code = await runChild(options.createTopics, { env, signal: options.signal, logFile })
  done(code === 0)
  if (code === 0 || options.signal.aborted) return
  throw new LocalError(
    'MR_LOCAL_SERVER_DOWN',
    `Creating the topics ended with exit code ${code}:\n${lastLines(logFile, 8)}`,
  )
}

function startProcess(
  process: LocalProcess,
  env: Env,
  { say, shout, onPid }: LaunchOptions & { readonly onPid: () => void },
): Supervised {
  const logFile = join(logs, `${process.name}.log`)
  return supervise({
    name: process.name,
    args: [process.script],
    cwd: root,
    env,
    logFile,
    isReady: () => answersReady(process, env),
    onPid,
    onLine: consolePrinter(process.name, say.line),
    onDeath: (how, delayMs) =>
      shout(`${process.name} ${how}; it is started again in ${delayMs / 1000} s (log: ${logFile})`),
    onRecovery: () => shout(`${process.name} is back`),
  })
}

async function waitUntilReady(processes: readonly Supervised[], say: Say): Promise<void> {
  const starting = new Set(processes.map(({ name }) => name))
  const names = [...starting].join(', ')
  const timer = setInterval(() => say.line(`Still starting: ${[...starting].join(', ')}`), STILL_STARTING_EVERY_MS)
  const ready = async (process: Supervised): Promise<void> => {
    await process.ready()
    starting.delete(process.name)
  }
  try {
    await withProgress(say, `Starting ${names}`, () => Promise.all(processes.map(ready)))
  } finally {
    clearInterval(timer)
  }
}

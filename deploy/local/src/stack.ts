import { mkdirSync } from 'node:fs'
import { checkBrokers, checkRedis, type NamedServers, namedServers } from './addresses.ts'
import { dockerServers, whyNoDocker } from './docker.ts'
import { LocalError } from './errors.ts'
import { fetchJars } from './jars.ts'
import { findJava } from './java.ts'
import { startNativeKafka } from './kafka.ts'
import { freePort } from './ports.ts'
import { bundledRedis, findRedis, redisServer } from './redis.ts'
import { type Say, sayNothing } from './say.ts'
import type { Server } from './server.ts'

export interface StackOptions {
  /** Directory for data, settings and logs; made when it is not there. */
  readonly dir: string
  /** Port of the first broker on 127.0.0.1. Default: any free one. */
  readonly kafkaPort?: number
  /** Port of Redis on 127.0.0.1. Default: any free one. */
  readonly redisPort?: number
  /** Number of brokers, 1 to 3. Default 1. With more, KAFKA_BROKERS is not looked at. */
  readonly brokers?: number
  /** For runs of minutes: the broker compiles its code fully. Default false. */
  readonly isLongRun?: boolean
  /** Whether Redis keeps its data over a restart. Default true. */
  readonly isDurable?: boolean
  readonly say?: Say
  /** Called when a server ends by itself. */
  readonly onCrash?: (server: Server, how: string) => void
  readonly env?: NodeJS.ProcessEnv
}

/** A running Kafka and a running Redis. */
export interface Stack {
  /** The brokers as KAFKA_BROKERS takes them: `host:port,host:port`. */
  readonly brokers: string
  readonly redisUrl: string
  /** The first broker. */
  readonly kafka: Server
  /** All brokers. */
  readonly nodes: readonly Server[]
  readonly redis: Server
  /** Where the servers came from, for people. */
  readonly how: string
  /** Ends what was started, brokers first. Servers that were named stay. Safe to call twice. */
  stop(): Promise<void>
}

/** Two servers and where they came from. */
export interface Servers {
  readonly brokers: readonly string[]
  readonly nodes: readonly [Server, ...Server[]]
  readonly redisUrl: string
  readonly redis: Server
  readonly how: string
}

/**
 * Gets a Kafka and a Redis: those named by KAFKA_BROKERS and REDIS_URL; else Docker's, when a daemon answers and has the
 * images or pulls them within 20 s; else Java's and Maven's. MILLRACE_STACK=native|docker leaves no choice.
 * Whatever was started ends with this process, even when it is killed.
 * Throws LocalError with one message for the person: what is missing, what is busy, what did not start.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  mkdirSync(options.dir, { recursive: true })
  const servers = await startServers(options)
  const { brokers, nodes, redisUrl, redis, how } = servers
  return {
    brokers: brokers.join(','),
    redisUrl,
    kafka: nodes[0],
    nodes,
    redis,
    how,
    async stop() {
      await Promise.all(nodes.toReversed().map((node) => node.stop()))
      await redis.stop()
    },
  }
}

async function startServers(options: StackOptions): Promise<Servers> {
  const env = options.env ?? process.env
  const say = options.say ?? sayNothing
  const named = (options.brokers ?? 1) > 1 ? { brokers: undefined, redisUrl: undefined } : namedServers(env)
  if (named.brokers && named.redisUrl) return foundServers(named.brokers, named.redisUrl)
  const choice = choose(env.MILLRACE_STACK)
  const noDocker = choice === 'native' ? 'MILLRACE_STACK=native' : await whyNoDocker(say)
  if (!noDocker) return dockerServers(options, named)
  if (choice === 'docker') {
    throw new LocalError(
      'MR_LOCAL_SERVER_DOWN',
      `MILLRACE_STACK=docker, but ${noDocker}. Start Docker, or unset MILLRACE_STACK.`,
    )
  }
  return nativeServers(options, named, say)
}

function choose(setting: string | undefined): 'native' | 'docker' | undefined {
  if (!setting) return undefined
  if (setting === 'native' || setting === 'docker') return setting
  throw new LocalError('MR_LOCAL_SETTING', `MILLRACE_STACK is "${setting}"; it is native, docker, or unset.`)
}

async function foundServers(brokers: readonly string[], redisUrl: string): Promise<Servers> {
  await Promise.all([checkBrokers(brokers), checkRedis(redisUrl)])
  const how = `Kafka at ${brokers.join(',')} (KAFKA_BROKERS) and Redis (REDIS_URL), not started here`
  return { brokers, nodes: [foreignServer('Kafka')], redisUrl, redis: foreignServer('Redis'), how }
}

async function nativeServers(options: StackOptions, named: NamedServers, say: Say): Promise<Servers> {
  const tools = await findJava()
  const jars = await fetchJars(tools.maven, say)
  const binary = (await findRedis()) ?? bundledRedis(`${jars}/redis`)
  for (let attempt = 1; ; attempt++) {
    try {
      return await startNative(options, named, { ...tools, jars, binary })
    } catch (error) {
      // A free port may be taken between the look and the start; a port that was asked for stays the one.
      if (attempt === 3 || (options.kafkaPort && options.redisPort)) throw error
    }
  }
}

interface NativeTools {
  readonly java: string
  readonly version: number
  readonly jars: string
  readonly binary: string
}

async function startNative(options: StackOptions, named: NamedServers, tools: NativeTools): Promise<Servers> {
  const { dir, onCrash } = options
  const redisPort = options.redisPort ?? (await freePort())
  const redis = named.redisUrl
    ? foreignServer('Redis')
    : redisServer({ binary: tools.binary, dir, port: redisPort, isDurable: options.isDurable ?? true, onCrash })
  const ports = [options.kafkaPort ?? (await freePort())]
  while (ports.length < (options.brokers ?? 1)) ports.push(await freePort())
  const startKafka = async () =>
    named.brokers
      ? { brokers: named.brokers, nodes: [foreignServer('Kafka')] as const }
      : startNativeKafka({
          java: tools.java,
          lib: `${tools.jars}/lib`,
          dir,
          ports,
          isLongRun: options.isLongRun ?? false,
          onCrash,
        })
  const [kafka, redisStarted] = await Promise.allSettled([startKafka(), redis.start()])
  if (kafka.status === 'fulfilled' && redisStarted.status === 'fulfilled') {
    const how = `Apache Kafka with Java ${tools.version} and ${tools.binary === 'redis-server' ? 'the redis-server on the PATH' : 'the bundled Redis'}`
    return {
      ...kafka.value,
      nodes: [...kafka.value.nodes],
      redis,
      redisUrl: named.redisUrl ?? `redis://127.0.0.1:${redisPort}`,
      how,
    }
  }
  if (kafka.status === 'fulfilled') await Promise.all(kafka.value.nodes.map((node) => node.kill()))
  await redis.kill()
  throw kafka.status === 'rejected' ? kafka.reason : (redisStarted as PromiseRejectedResult).reason
}

/** Stands for a server that someone else runs: it can be used, not stopped. */
function foreignServer(name: string): Server {
  const refuse = async (): Promise<never> => {
    throw new LocalError('MR_LOCAL_NOT_OURS', `${name} was named by a setting; it is not started or ended from here.`)
  }
  return { name, pid: undefined, start: async () => {}, stop: async () => {}, kill: refuse, restart: refuse }
}

import { mkdirSync } from 'node:fs'
import { checkBrokers, checkRedis, namedServers } from './addresses.ts'
import { dockerServers } from './docker.ts'
import { whyNoDocker } from './docker-ready.ts'
import { LocalError } from './errors.ts'
import { foreignServer } from './foreign-server.ts'
import { nativeServers } from './native.ts'
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
  const choice = choose(env.MILLRACE_STACK)
  await Promise.all([named.brokers && checkBrokers(named.brokers), named.redisUrl && checkRedis(named.redisUrl)])
  if (named.brokers && named.redisUrl) return foundServers(named.brokers, named.redisUrl)
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

function foundServers(brokers: readonly string[], redisUrl: string): Servers {
  const how = `Kafka at ${brokers.join(',')} (KAFKA_BROKERS) and Redis (REDIS_URL), not started here`
  return { brokers, nodes: [foreignServer('Kafka')], redisUrl, redis: foreignServer('Redis'), how }
}

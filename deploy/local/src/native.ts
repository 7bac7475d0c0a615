import type { NamedServers } from './addresses.ts'
import { foreignServer } from './foreign-server.ts'
import { fetchJars } from './jars.ts'
import { findJava } from './java.ts'
import { startNativeKafka } from './kafka.ts'
import { freePort } from './ports.ts'
import { bundledRedis, findRedis, redisServer } from './redis.ts'
import type { Say } from './say.ts'
import * as settings from './services.ts'
import type { Servers, StackOptions } from './stack.ts'

interface Tools {
  readonly java: string
  readonly javaVersion: number
  /** Directory of Kafka's jars. */
  readonly lib: string
  /** Path of redis-server. */
  readonly redis: string
  readonly redisFrom: string
}

/** Kafka by Java and Maven, Redis from the PATH or the embedded-redis jar, as child processes on 127.0.0.1. */
export async function nativeServers(options: StackOptions, named: NamedServers, say: Say): Promise<Servers> {
  const tools = await findTools(named, say)
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(options, named, tools)
    } catch (error) {
      // A free port may be taken between the look and the start; a port that was asked for stays the one.
      if (attempt === 3 || (options.kafkaPort && options.redisPort)) throw error
    }
  }
}

async function findTools(named: NamedServers, say: Say): Promise<Tools> {
  const redisOnPath = named.redisUrl ? undefined : await findRedis()
  const isRedisEnough = named.brokers !== undefined && redisOnPath !== undefined
  if (isRedisEnough) return { java: '', javaVersion: 0, lib: '', redis: redisOnPath, redisFrom: redisOnPath }
  const java = await findJava()
  const jars = await fetchJars(java.maven, say)
  const common = { java: java.java, javaVersion: java.version, lib: `${jars}/lib` }
  if (redisOnPath) return { ...common, redis: redisOnPath, redisFrom: 'the redis-server on the PATH' }
  const redis = named.redisUrl ? '' : bundledRedis(`${jars}/redis`)
  return { ...common, redis, redisFrom: 'Redis from the embedded-redis jar' }
}

async function start(options: StackOptions, named: NamedServers, tools: Tools): Promise<Servers> {
  const redisPort = options.redisPort ?? (await freePort())
  const redis = named.redisUrl ? foreignServer('Redis') : ownRedis(options, tools, redisPort)
  const [kafka, redisStarted] = await Promise.allSettled([
    named.brokers ? { brokers: named.brokers, nodes: [foreignServer('Kafka')] as const } : ownKafka(options, tools),
    redis.start(),
  ])
  if (kafka.status === 'fulfilled' && redisStarted.status === 'fulfilled') {
    const redisUrl = named.redisUrl ?? `redis://127.0.0.1:${redisPort}`
    return { brokers: kafka.value.brokers, nodes: [...kafka.value.nodes], redis, redisUrl, how: describe(named, tools) }
  }
  if (kafka.status === 'fulfilled' && !named.brokers) await Promise.all(kafka.value.nodes.map((node) => node.kill()))
  if (!named.redisUrl) await redis.kill()
  throw [kafka, redisStarted].find((result) => result.status === 'rejected')?.reason
}

function ownRedis({ dir, redisPort, isDurable = true, onCrash }: StackOptions, { redis: binary }: Tools, port: number) {
  const portVariable = redisPort === undefined ? undefined : settings.redisPort.variable
  return redisServer({ binary, dir, port, portVariable, isDurable, onCrash })
}

async function ownKafka(options: StackOptions, { java, lib }: Tools) {
  const { dir, isLongRun = false, onCrash } = options
  const ports = [options.kafkaPort ?? (await freePort())]
  while (ports.length < (options.brokers ?? 1)) ports.push(await freePort())
  const portVariable = options.kafkaPort === undefined ? undefined : settings.kafkaPort.variable
  return startNativeKafka({ java, lib, dir, ports, portVariable, isLongRun, onCrash })
}

function describe(named: NamedServers, tools: Tools): string {
  const kafka = named.brokers
    ? `Kafka at ${named.brokers.join(',')} (KAFKA_BROKERS)`
    : `Apache Kafka from Maven Central on Java ${tools.javaVersion}`
  return `${kafka}, ${named.redisUrl ? 'Redis named by REDIS_URL' : tools.redisFrom}`
}

import { LocalError } from './errors.ts'
import { kafkaAnswers } from './kafka.ts'
import { redisAnswers } from './redis.ts'
import { until } from './wait.ts'

/** Servers that the person named instead of having us start some. */
export interface NamedServers {
  readonly brokers: readonly string[] | undefined
  readonly redisUrl: string | undefined
}

/** Reads KAFKA_BROKERS (comma-separated `host:port`) and REDIS_URL; empty means not named. */
export function namedServers(env: NodeJS.ProcessEnv): NamedServers {
  const brokers = (env.KAFKA_BROKERS ?? '')
    .split(',')
    .map((broker) => broker.trim())
    .filter(Boolean)
  return { brokers: brokers.length > 0 ? brokers : undefined, redisUrl: env.REDIS_URL || undefined }
}

/** Throws MR_LOCAL_SERVER_DOWN unless one of the brokers answers within 5 s. */
export async function checkBrokers(brokers: readonly string[]): Promise<void> {
  const answers = await until(() => brokersAnswer(brokers), { deadlineMs: 5_000, everyMs: 500 })
  if (!answers) throw silent('Kafka', brokers.join(','), 'KAFKA_BROKERS')
}

/** Throws MR_LOCAL_SERVER_DOWN unless the Redis answers within 5 s. */
export async function checkRedis(url: string): Promise<void> {
  const answers = await until(() => redisUrlAnswers(url), { deadlineMs: 5_000, everyMs: 500 })
  if (!answers) throw silent('Redis', url.replace(/\/\/[^@/]*@/, '//***@'), 'REDIS_URL')
}

/** Whether one of the brokers answers now. */
export async function brokersAnswer(brokers: readonly string[]): Promise<boolean> {
  const addresses = brokers.map((broker) => hostAndPort(broker, 9092, 'KAFKA_BROKERS'))
  return (await Promise.all(addresses.map(({ host, port }) => kafkaAnswers(host, port)))).some(Boolean)
}

/** Whether the Redis of a URL answers now. With TLS (`rediss:`) it is not asked, and taken to be there. */
export async function redisUrlAnswers(url: string): Promise<boolean> {
  if (url.startsWith('rediss:')) return true
  const { host, port } = hostAndPort(url.replace(/^redis:\/\/([^@/]*@)?/, '').replace(/\/.*$/, ''), 6379, 'REDIS_URL')
  return redisAnswers(host, port)
}

function hostAndPort(text: string, defaultPort: number, setting: string): { host: string; port: number } {
  const found = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text)
  const host = found?.[1] ?? found?.[2]
  if (!host) throw new LocalError('MR_LOCAL_SETTING', `${setting} names "${text}", which is no host and port.`)
  return { host, port: Number(found?.[3] ?? defaultPort) }
}

function silent(what: string, where: string, setting: string): LocalError {
  return new LocalError(
    'MR_LOCAL_SERVER_DOWN',
    `${what} at ${where} (from ${setting}) does not answer. Start it, correct ${setting}, or unset it to have one started here.`,
  )
}

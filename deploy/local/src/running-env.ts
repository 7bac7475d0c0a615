import { runningInstance } from './instance.ts'
import { type Env, localEnvironment, portOf } from './local-env.ts'
import { kafkaPort, redisPort } from './services.ts'

/** The settings that the running `npm start` gives its processes, or that it would give them. */
export function runningEnv(): { env: Env; isRunning: boolean; isSimulated: boolean } {
  const { env, isSimulated } = localEnvironment()
  const running = runningInstance()
  const KAFKA_BROKERS = running?.brokers ?? env.KAFKA_BROKERS ?? `127.0.0.1:${portOf(env, kafkaPort)}`
  const REDIS_URL = running?.redisUrl ?? env.REDIS_URL ?? `redis://127.0.0.1:${portOf(env, redisPort)}`
  return { env: { ...env, KAFKA_BROKERS, REDIS_URL }, isRunning: running !== undefined, isSimulated }
}

import { type Instance, runningInstance } from './instance.ts'
import { type Env, localEnvironment, portOf } from './local-env.ts'
import { root } from './paths.ts'
import { kafkaPort, redisPort } from './services.ts'

export interface RunningEnv {
  readonly env: Env
  readonly isRunning: boolean
  readonly isSimulated: boolean
  /** By the names that `npm run status` shows. */
  readonly pids: Readonly<Record<string, number>>
}

/** The settings that the running `npm start` gives its processes, or that it would give them. */
export function runningEnv(
  running: Instance | undefined = runningInstance(),
  directory = root,
  variables: NodeJS.ProcessEnv = process.env,
): RunningEnv {
  const { env, isSimulated } = localEnvironment(directory, { ...variables, ...running?.ports })
  const KAFKA_BROKERS = running?.brokers ?? env.KAFKA_BROKERS ?? `127.0.0.1:${portOf(env, kafkaPort)}`
  const REDIS_URL = running?.redisUrl ?? env.REDIS_URL ?? `redis://127.0.0.1:${portOf(env, redisPort)}`
  return {
    env: { ...env, KAFKA_BROKERS, REDIS_URL },
    isRunning: running !== undefined,
    isSimulated: running?.isSimulated ?? isSimulated,
    pids: running?.pids ?? {},
  }
}

/** The settings of a command that is typed beside it: those of the running installation, but for servers that the person names in the command itself. */
export function commandEnv(
  running: Instance | undefined = runningInstance(),
  directory = root,
  variables: NodeJS.ProcessEnv = process.env,
): Env {
  const { env } = runningEnv(running, directory, variables)
  const { KAFKA_BROKERS = '', REDIS_URL = '' } = variables
  return { ...env, ...(KAFKA_BROKERS === '' ? {} : { KAFKA_BROKERS }), ...(REDIS_URL === '' ? {} : { REDIS_URL }) }
}

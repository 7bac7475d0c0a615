import { join } from 'node:path'
import { connectKafka, type Kafka } from '@millrace/kafka'
import { type Report, type Stack, startStack } from '@millrace/local'
import { openOwnEncryption } from '@millrace/service-kit'
import { quietLog, type RunningSystem, type RunSystemOptions, runSystem } from '@millrace/test-support'

export interface WholeSystemOptions extends Omit<RunSystemOptions, 'brokers' | 'redisUrl'> {
  /** As `startStack` takes it. Default true. */
  readonly isLongRun?: boolean
  /** Whether the client can read what the services encrypt. Default false: it sees what rests in the topics. */
  readonly hasKeys?: boolean
}

/** A stack of a script's own, the services on it, and a client that looks at their topics. */
export interface WholeSystem {
  readonly stack: Stack
  readonly system: RunningSystem
  readonly kafka: Kafka
  /** The client first, then services, then the stack. */
  stop(): Promise<void>
}

/** Starts all that, with time for a machine that is busy and no limit that a load would meet. */
export async function startWholeSystem(
  report: Report,
  { isLongRun = true, hasKeys = false, ...options }: WholeSystemOptions = {},
): Promise<WholeSystem> {
  const stack = await startStack({ dir: join(report.dir, 'stack'), isLongRun, say: report.say })
  const { brokers, redisUrl } = stack
  const system = await runSystem({
    ...{ brokers, redisUrl, requestsPerMinute: 1_000_000, readyWithinMs: 120_000 },
    ...options,
  })
  const secretKeys = hasKeys ? system.env.MILLRACE_SECRET_KEYS : undefined
  const keys = openOwnEncryption(
    { redisUrl, redisPrefix: system.prefix, secretKeys, encryption: false },
    () => kafka,
    quietLog,
  )
  const cipher = keys.encryption?.cipher
  const kafka: Kafka = connectKafka({
    brokers: brokers.split(','),
    clientId: 'script',
    log: quietLog,
    prefix: system.prefix,
    ...(cipher === undefined ? {} : { cipher }),
  })
  return {
    stack,
    system,
    kafka,
    async stop() {
      await kafka.close()
      await keys.close()
      await system.stop()
      await stack.stop()
    },
  }
}

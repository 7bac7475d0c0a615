import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { connectKafka } from '@millrace/kafka'
import { freePort, type Report, startStack } from '@millrace/local'
import { allTopics } from '@millrace/schemas'
import { openOwnEncryption } from '@millrace/service-kit'
import { newSecretKey } from '@millrace/signing'
import { quietLog, runService, type ServiceProcess, startPostgres } from '@millrace/test-support'
import { createHistoryWriter, type HistoryWriter } from './write-history.ts'

const PARTITIONS = 4

/** A stack, a Postgres, and the console alone on them; what other services would write comes from `writer`. */
export interface LedgerUnderTest {
  readonly writer: HistoryWriter
  /** Base of the console's API, and what its requests carry. */
  readonly api: string
  readonly headers: Readonly<Record<string, string>>
  startConsole(): Promise<ServiceProcess>
  stop(): Promise<void>
}

export interface LedgerOptions {
  /** Of Postgres, beyond those of tests. */
  readonly settings?: Readonly<Record<string, string>>
  /** Records and rows are encrypted, as with MILLRACE_ENCRYPTION. */
  readonly isEncrypted?: boolean
}

/** Starts all but the console, so that there may be a history before it. */
export async function startLedger(
  report: Report,
  { settings = {}, isEncrypted = false }: LedgerOptions = {},
): Promise<LedgerUnderTest> {
  const stack = await startStack({ dir: join(report.dir, 'stack'), isLongRun: true, say: report.say })
  const postgres = await startPostgres({ settings })
  const prefix = `l${randomBytes(3).toString('hex')}.`
  const brokers = stack.brokers.split(',')
  const kafka = connectKafka({ brokers, clientId: 'bench', log: quietLog, prefix })
  const secretKeys = newSecretKey('bench')
  const keys = openOwnEncryption(
    {
      redisUrl: stack.redisUrl,
      redisPrefix: '',
      secretKeys: isEncrypted ? secretKeys : undefined,
      encryption: isEncrypted,
    },
    () => kafka,
    quietLog,
  )
  const writer = await createHistoryWriter(brokers, prefix, PARTITIONS, keys.encryption?.cipher)
  const token = randomBytes(24).toString('hex')
  const port = await freePort()
  await kafka.ensureTopics(allTopics(), { eventPartitions: PARTITIONS, replication: 1 })
  let console: ServiceProcess | undefined
  return {
    writer,
    api: `http://127.0.0.1:${port}/api/v1`,
    headers: { authorization: `Bearer ${token}` },
    async startConsole() {
      console = await runService({
        name: 'console',
        readyWithinMs: 60_000,
        env: {
          KAFKA_BROKERS: stack.brokers,
          KAFKA_PREFIX: prefix,
          REDIS_URL: stack.redisUrl,
          DATABASE_URL: await postgres.createDatabase(),
          CONSOLE_PORT: String(port),
          CONSOLE_ADMIN_TOKEN: token,
          MILLRACE_SECRET_KEYS: secretKeys,
          MILLRACE_ENCRYPTION: String(isEncrypted),
          CONSOLE_RATE_PER_ADDRESS: '0',
        },
      })
      return console
    },
    async stop() {
      await console?.stop()
      await writer.close()
      await kafka.close()
      await keys.close()
      await postgres.stop()
      await stack.stop()
    },
  }
}

import { KafkaError } from '@millrace/kafka'
import { allTopics } from '@millrace/schemas'
import { registerSchemas, registryOf } from '@millrace/service-kit'
import { CliError } from '../errors.ts'
import type { CliSettings } from '../settings.ts'
import { isUnavailable, withKafka } from '../with-kafka.ts'
import { type Finding, failure, ok, skipped, warning } from './finding.ts'

const brokersAreSlow = 'ask again; if it stays, look at the load and the logs of the brokers'

/** Brokers and topics. Changes nothing. */
export async function checkKafka(settings: CliSettings): Promise<Finding[]> {
  const { length } = settings.kafkaBrokers
  const brokers = settings.kafkaBrokers.join(', ')
  try {
    return await withKafka(async ({ kafka }) => {
      const reached = ok('Kafka', `${brokers} ${length === 1 ? 'answers' : 'answer'}`)
      const options = { eventPartitions: settings.kafkaEventPartitions, replication: settings.kafkaReplication }
      const topics = await kafka
        .ensureTopics(allTopics(), { ...options, isDryRun: true })
        .then(({ created, existing }) => topicsFinding(created, existing.length), differs)
      const replicas =
        settings.kafkaReplication < 3 && settings.environment === 'production'
          ? [
              warning(
                'topics',
                `KAFKA_REPLICATION is ${settings.kafkaReplication}`,
                'set 3: a lost broker loses events',
              ),
            ]
          : []
      return [reached, topics, ...replicas]
    })
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    const fix = 'check KAFKA_BROKERS, KAFKA_TLS and KAFKA_SASL_*, the network policy, and that the brokers run'
    const text = length === 1 ? `${brokers} does not answer` : `none of ${brokers} answers`
    return [failure('Kafka', text, fix), skipped('topics', 'Kafka does not answer')]
  }
}

function topicsFinding(missing: readonly string[], existing: number): Finding {
  if (missing.length === 0) return ok('topics', `${existing} as in the registry`)
  const names = missing.slice(0, 3).join(', ')
  return failure(
    'topics',
    `${missing.length} are missing: ${names}${missing.length > 3 ? ' …' : ''}`,
    'millrace topics create',
  )
}

function differs(error: unknown): Finding {
  if (isUnavailable(error))
    return failure('topics', 'the brokers answer, but did not tell in time which topics there are', brokersAreSlow)
  if (!(error instanceof KafkaError) || error.code !== 'MR_KAFKA_TOPIC_MISMATCH') throw error
  const fix =
    'change the topics as named (kafka-configs, kafka-topics --alter), or KAFKA_EVENT_PARTITIONS to what is there'
  return failure('topics', error.message, fix)
}

/** Schemas of this release in the registry. Registers nothing. */
export async function checkSchemas(settings: CliSettings): Promise<Finding> {
  const registry = registryOf(settings)
  if (registry === undefined)
    return skipped('schemas', 'SCHEMA_REGISTRY_URL is not set: values are single-object encoded')
  try {
    const all = await registerSchemas(registry, { isDryRun: true })
    const missing = all.filter(({ isNew }) => isNew)
    if (missing.length === 0) return ok('schemas', `${all.length} registered`)
    return failure('schemas', `${missing.length} of ${all.length} are not registered`, 'millrace schemas register')
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    const fix =
      code === 'MR_REGISTRY_INCOMPATIBLE'
        ? 'deploy the release whose schemas the registry has, or give the subject a new topic version'
        : 'check SCHEMA_REGISTRY_URL (up to where /subjects begins), its login, and that it runs'
    return failure('schemas', message.split('\n').slice(0, 3).join(' '), fix)
  }
}

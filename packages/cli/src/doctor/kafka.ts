import { type EnsuredTopics, type Kafka, KafkaError, type TopicDifference } from '@millrace/kafka'
import { allTopics } from '@millrace/schemas'
import { registerSchemas, registryOf } from '@millrace/service-kit'
import { CliError } from '../errors.ts'
import type { CliSettings } from '../settings.ts'
import { isUnavailable, withKafka } from '../with-kafka.ts'
import { type Finding, failure, firstOf, ok, skipped, warning } from './finding.ts'

const brokersAreSlow = 'ask again; if it stays, look at the load and the logs of the brokers'

const RAISE =
  'more replicas by kafka-reassign-partitions or Cruise Control, min.insync.replicas by kafka-configs --alter: docs/operations/kafka.md#more-replicas'
const MAY_LOOK = 'allow Describe and DescribeConfigs on both (millrace acls has it for doctor, toolbox and cli)'

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
        .then(topicsFindings, (error: unknown) => [differs(error)])
      const internal = await internalFindings(kafka, settings.kafkaReplication)
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
      return [reached, ...topics, ...internal, ...replicas]
    })
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    const fix = 'check KAFKA_BROKERS, KAFKA_TLS and KAFKA_SASL_*, the network policy, and that the brokers run'
    const text = length === 1 ? `${brokers} does not answer` : `none of ${brokers} answers`
    return [failure('Kafka', text, fix), skipped('topics', 'Kafka does not answer')]
  }
}

function topicsFindings({ created: missing, existing, differences }: EnsuredTopics): Finding[] {
  const textsOf = (kind: TopicDifference['kind']) =>
    differences.filter((one) => one.kind === kind).map(({ text }) => text)
  const [weak, longer] = [textsOf('durability'), textsOf('retention')]
  const found: Finding[] = []
  if (missing.length > 0) {
    const text = `${missing.length} are missing: ${firstOf(missing, ', ')}`
    found.push({ ...failure('topics', text, 'millrace topics create'), details: missing })
  }
  if (weak.length > 0) found.push({ ...failure('topics', firstOf(weak, '; '), RAISE), details: weak })
  if (longer.length > 0) {
    const fix = 'set retention.ms to what is promised (kafka-configs --alter); millrace retention shows what is past it'
    found.push({ ...warning('topics', firstOf(longer, '; '), fix), details: longer })
  }
  return found.length > 0 ? found : [ok('topics', `${existing.length} as in the registry`)]
}

/** Kafka's own topics: what cannot be looked at is nobody's failure. */
async function internalFindings(kafka: Kafka, replication: number): Promise<Finding[]> {
  const part = 'topics of Kafka'
  try {
    const all = await kafka.internalTopics(replication)
    const weak = all.flatMap(({ lacks }) => lacks)
    const unreadable = all.filter(({ state }) => state === 'unreadable').map(({ topic }) => topic)
    const seen = all.filter(({ state }) => state === 'as set').map(({ topic }) => topic)
    return [
      ...(weak.length > 0 ? [{ ...failure(part, weak.join('; '), RAISE), details: weak }] : []),
      ...(unreadable.length > 0 ? [warning(part, `this user may not look at ${unreadable.join(', ')}`, MAY_LOOK)] : []),
      ...(seen.length > 0 ? [ok(part, `${seen.join(', ')}: replicas as set`)] : []),
    ]
  } catch (error) {
    if (!isUnavailable(error)) throw error
    return [warning(part, 'the brokers did not tell in time how they are replicated', brokersAreSlow)]
  }
}

function differs(error: unknown): Finding {
  if (isUnavailable(error))
    return failure('topics', 'the brokers answer, but did not tell in time which topics there are', brokersAreSlow)
  if (!(error instanceof KafkaError) || error.code !== 'MR_KAFKA_TOPIC_MISMATCH') throw error
  const fix =
    'change the topics as named (kafka-configs, kafka-topics --alter), or KAFKA_EVENT_PARTITIONS to what is there'
  const details = error.message.split('; ')
  return { ...failure('topics', firstOf(details, '; '), fix), details }
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

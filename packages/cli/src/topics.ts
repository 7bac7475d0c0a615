import { KafkaError } from '@millrace/kafka'
import { allTopics, type Topic } from '@millrace/schemas'
import { command, usage } from './command.ts'
import { CliError } from './errors.ts'
import { readCliSettings } from './settings.ts'
import { textTable } from './table.ts'
import { withKafka } from './with-kafka.ts'

const DAY_MS = 86_400_000

/** `topics`: the registry, without asking a broker. */
export const listTopics = command({
  name: 'topics',
  takes: [],
  summary: 'Show every topic of the registry.',
  details:
    'It asks no broker. A compacted topic keeps the last record of each key for ever, and a null, which ends one, for `tombstone_ms` (--json).',
  options: {
    json: { type: 'boolean', doc: 'One JSON object per line, with schema, readers and summary.' },
    'event-partitions': {
      type: 'string',
      value: 'N',
      doc: 'As they would be with so many partitions of event topics; default KAFKA_EVENT_PARTITIONS.',
    },
  },
  async run({ options }, terminal) {
    const asked = partitionsOf(options['event-partitions'])
    const { kafkaEventPartitions, kafkaPrefix } = readCliSettings()
    const rows = allTopics().map((topic) => describe(topic, asked ?? kafkaEventPartitions, kafkaPrefix))
    if (options.json) for (const row of rows) terminal.line(JSON.stringify(row))
    else terminal.line(asTable(rows))
    return 0
  },
})

/** `topics create`: makes the broker agree with the registry. */
export const createTopics = command({
  name: 'topics create',
  takes: [],
  summary: 'Create the topics that are missing, and check the others.',
  details: [
    'KAFKA_EVENT_PARTITIONS and KAFKA_REPLICATION say how event topics are made.',
    'A topic that contradicts the registry is named, nothing of it is changed, and the exit code is 1. One with fewer replicas or a lower',
    'min.insync.replicas than KAFKA_REPLICATION stands for, or a longer retention, is named; fewer replicas end it with 1 where NODE_ENV is production.',
  ].join('\n'),
  options: {
    json: { type: 'boolean', doc: 'One JSON object: {"created": [...], "existing": [...], "differences": [...]}.' },
  },
  run: ({ options }, terminal) =>
    withKafka(async ({ kafka, settings }) => {
      const { created, existing, differences } = await kafka
        .ensureTopics(allTopics(), {
          eventPartitions: settings.kafkaEventPartitions,
          replication: settings.kafkaReplication,
        })
        .catch((error: unknown) => {
          throw namedBy(error)
        })
      if (options.json) {
        terminal.line(JSON.stringify({ created, existing, differences }))
      } else {
        for (const name of created) terminal.line(`created   ${name}`)
        for (const name of existing) terminal.line(`existing  ${name}`)
        terminal.line(`${created.length} created, ${existing.length} existing`)
      }
      for (const { text } of differences) terminal.note(text)
      const isWeak = differences.some(({ kind }) => kind === 'durability')
      if (isWeak && settings.environment === 'production')
        throw new CliError(
          'MR_CLI_TOPICS_DIFFER',
          `topics have fewer replicas than KAFKA_REPLICATION (${settings.kafkaReplication}) stands for: raise them (docs/operations/kafka.md), or set what is wanted`,
        )
      return 0
    }),
})

function partitionsOf(text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,2}$/.test(text)) return text === undefined ? undefined : Number(text)
  throw usage(`--event-partitions is a whole number from 1 to 999, not "${text}"`, 'topics')
}

/** A mismatch as one difference a line; any other error as it is. */
function namedBy(error: unknown): unknown {
  if (!(error instanceof KafkaError) || error.code !== 'MR_KAFKA_TOPIC_MISMATCH') return error
  const lines = error.message.split('; ').map((difference) => `\n  ${difference}`)
  return new CliError('MR_CLI_TOPICS_DIFFER', `topics contradict the registry or the settings:${lines.join('')}`)
}

type Row = ReturnType<typeof describe>

function describe(topic: Topic<unknown>, eventPartitions: number, prefix: string) {
  const kept: { readonly retention_ms?: number; readonly tombstone_ms?: number } =
    topic.cleanup === 'compact' ? { tombstone_ms: topic.retentionMs } : { retention_ms: topic.retentionMs }
  return {
    name: `${prefix}${topic.name}`,
    key: topic.key,
    schema: topic.schema.name,
    partitions: topic.partitions === 'events' ? eventPartitions : topic.partitions,
    cleanup: topic.cleanup,
    ...kept,
    max_value_bytes: topic.maxValueBytes,
    writers: topic.writers,
    groups: topic.groups,
    summary: topic.summary,
  }
}

function asTable(rows: readonly Row[]): string {
  return textTable(
    ['TOPIC', 'PARTITIONS', 'CLEANUP', 'RETENTION', 'WRITTEN BY', 'KEY'],
    rows.map((row) => [
      row.name,
      String(row.partitions),
      row.cleanup,
      row.retention_ms === undefined ? 'last of a key' : `${row.retention_ms / DAY_MS} d`,
      row.writers.join(', '),
      row.key,
    ]),
  )
}

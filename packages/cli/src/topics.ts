import { KafkaError } from '@millrace/kafka'
import { allTopics, type Topic } from '@millrace/schemas'
import { command } from './command.ts'
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
    'It asks no broker. A compacted topic keeps the last record of each key; its retention is that of tombstones.',
  options: { json: { type: 'boolean', doc: 'One JSON object per line, with schema, readers and summary.' } },
  async run({ options }, terminal) {
    const { kafkaEventPartitions, kafkaPrefix } = readCliSettings()
    const rows = allTopics().map((topic) => describe(topic, kafkaEventPartitions, kafkaPrefix))
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
  details:
    'KAFKA_EVENT_PARTITIONS and KAFKA_REPLICATION say how event topics are made.\nA topic that contradicts the registry is named, nothing of it is changed, and the exit code is 1.',
  options: { json: { type: 'boolean', doc: 'One JSON object: {"created": [...], "existing": [...]}.' } },
  run: ({ options }, terminal) =>
    withKafka(async ({ kafka, settings }) => {
      const { created, existing } = await kafka
        .ensureTopics(allTopics(), {
          eventPartitions: settings.kafkaEventPartitions,
          replication: settings.kafkaReplication,
        })
        .catch((error: unknown) => {
          throw differences(error)
        })
      if (options.json) {
        terminal.line(JSON.stringify({ created, existing }))
        return 0
      }
      for (const name of created) terminal.line(`created   ${name}`)
      for (const name of existing) terminal.line(`existing  ${name}`)
      terminal.line(`${created.length} created, ${existing.length} existing`)
      return 0
    }),
})

/** A mismatch as one difference a line; any other error as it is. */
function differences(error: unknown): unknown {
  if (!(error instanceof KafkaError) || error.code !== 'MR_KAFKA_TOPIC_MISMATCH') return error
  const lines = error.message.split('; ').map((difference) => `\n  ${difference}`)
  return new CliError('MR_CLI_TOPICS_DIFFER', `topics contradict the registry or the settings:${lines.join('')}`)
}

type Row = ReturnType<typeof describe>

function describe(topic: Topic<unknown>, eventPartitions: number, prefix: string) {
  return {
    name: `${prefix}${topic.name}`,
    key: topic.key,
    schema: topic.schema.name,
    partitions: topic.partitions === 'events' ? eventPartitions : topic.partitions,
    cleanup: topic.cleanup,
    retention_ms: topic.retentionMs,
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
      `${row.retention_ms / DAY_MS} d`,
      row.writers.join(', '),
      row.key,
    ]),
  )
}

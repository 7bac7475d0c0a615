import { RECORD_OVERHEAD_BYTES, type Topic } from '@millrace/schemas'
import { backoffMs, pauseFor } from './backoff.ts'
import { lacksOf, minInSync } from './durability.ts'
import { KafkaError } from './errors.ts'
import type { AdminPort, TopicSpec } from './port.ts'
import type { EnsuredTopics, EnsureTopicsOptions, TopicDifference } from './types.ts'

/** A broker that makes hundreds of partitions on a busy machine takes tens of seconds. */
const LEADER_DEADLINE_MS = 60_000

/** Creates missing topics and holds existing ones against the registry. @throws KafkaError `MR_KAFKA_TOPIC_MISMATCH` naming each difference, also those that alone would be answered */
export async function ensureTopics(
  admin: AdminPort,
  prefix: string,
  topics: readonly Topic<unknown>[],
  { eventPartitions, replication, isDryRun = false }: EnsureTopicsOptions,
): Promise<EnsuredTopics> {
  const specs = topics.map((topic) => specOf(prefix, topic, eventPartitions, replication))
  const known = new Set(await admin.topicNames())
  const missing = specs.filter(({ name }) => !known.has(name))
  if (!isDryRun && missing.length > 0) {
    await admin.createTopics(missing)
    await Promise.all(missing.map(({ name }) => untilLed(admin, name)))
  }
  const existing = specs.filter(({ name }) => known.has(name))
  const found = (await Promise.all(existing.map((spec) => differencesOf(admin, spec)))).flat()
  const differences = found.flatMap(({ kind, ...rest }) => (kind === 'contradiction' ? [] : [{ ...rest, kind }]))
  if (differences.length < found.length)
    throw new KafkaError('MR_KAFKA_TOPIC_MISMATCH', found.map(({ text }) => text).join('; '))
  return { created: missing.map(({ name }) => name), existing: existing.map(({ name }) => name), differences }
}

/**
 * Metadata names leaders before they know of it themselves. A record sent then is refused, and what its request held for other partitions is
 * written twice when it is repeated.
 */
async function untilLed(admin: AdminPort, topic: string): Promise<void> {
  const deadline = Date.now() + LEADER_DEADLINE_MS
  for (let attempt = 1; ; attempt++) {
    try {
      await admin.bounds(topic)
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await pauseFor(backoffMs(attempt, 20, 500))
    }
  }
}

function specOf(prefix: string, topic: Topic<unknown>, eventPartitions: number, replication: number): TopicSpec {
  const configs: Record<string, string> = {
    'cleanup.policy': topic.cleanup,
    'max.message.bytes': String(topic.maxValueBytes + RECORD_OVERHEAD_BYTES),
    'min.insync.replicas': String(minInSync(replication)),
  }
  if (topic.compactedWithinMs !== undefined) {
    configs['max.compaction.lag.ms'] = String(topic.compactedWithinMs)
    // The segment that is written to is not cleaned.
    configs['segment.ms'] = String(topic.compactedWithinMs / 2)
  }
  configs[topic.cleanup === 'compact' ? 'delete.retention.ms' : 'retention.ms'] = String(topic.retentionMs)
  return {
    name: `${prefix}${topic.name}`,
    partitions: topic.partitions === 'events' ? eventPartitions : topic.partitions,
    replication,
    configs,
  }
}

interface Difference extends Omit<TopicDifference, 'kind'> {
  readonly kind: TopicDifference['kind'] | 'contradiction'
}

async function differencesOf(admin: AdminPort, spec: TopicSpec): Promise<Difference[]> {
  const { name } = spec
  const partitions = (await admin.replicas(name)) ?? new Map<number, number>()
  const configs = await admin.configOf(name, ['max.message.bytes', 'cleanup.policy', 'retention.ms'])
  const as = (kind: Difference['kind'], texts: readonly string[]) => texts.map((text) => ({ topic: name, kind, text }))
  return [
    ...as('contradiction', contradictionsOf(spec, partitions.size, configs)),
    ...as('durability', await lacksOf(admin, name, partitions, spec.replication)),
    ...as('retention', keptLonger(spec, Number(configs['retention.ms']))),
  ]
}

function contradictionsOf(spec: TopicSpec, partitions: number, configs: Readonly<Record<string, string>>): string[] {
  const found: string[] = []
  if (partitions !== spec.partitions) found.push(`${spec.name} has ${partitions} partitions, not ${spec.partitions}`)
  const limit = Number(configs['max.message.bytes'])
  if (limit < Number(spec.configs['max.message.bytes']))
    found.push(`${spec.name} takes ${limit} bytes a batch, not ${spec.configs['max.message.bytes']}`)
  if (configs['cleanup.policy'] !== spec.configs['cleanup.policy']) {
    found.push(`${spec.name} has cleanup.policy ${configs['cleanup.policy']}, not ${spec.configs['cleanup.policy']}`)
  }
  return found
}

/** A shorter time is the operator's to choose; a longer one breaks docs/privacy.md. @param set −1: for ever */
function keptLonger(spec: TopicSpec, set: number): string[] {
  const promised = spec.configs['retention.ms']
  if (promised === undefined || (set >= 0 && set <= Number(promised))) return []
  return [`${spec.name} has retention.ms ${set}, not ${promised}`]
}

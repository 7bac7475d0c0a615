import { RECORD_OVERHEAD_BYTES, type Topic } from '@millrace/schemas'
import { backoffMs, pauseFor } from './backoff.ts'
import { KafkaError } from './errors.ts'
import type { AdminPort, TopicSpec } from './port.ts'
import type { EnsuredTopics, EnsureTopicsOptions } from './types.ts'

/** A broker that makes hundreds of partitions on a busy machine takes tens of seconds. */
const LEADER_DEADLINE_MS = 60_000

/** Creates missing topics and holds existing ones against the registry. @throws KafkaError `MR_KAFKA_TOPIC_MISMATCH` naming each difference */
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
  const differences = (await Promise.all(existing.map((spec) => differencesOf(admin, spec)))).flat()
  if (differences.length > 0) throw new KafkaError('MR_KAFKA_TOPIC_MISMATCH', differences.join('; '))
  return { created: missing.map(({ name }) => name), existing: existing.map(({ name }) => name) }
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
    // acks=all means little with one in-sync replica left.
    'min.insync.replicas': String(Math.max(1, replication - 1)),
  }
  configs[topic.cleanup === 'compact' ? 'delete.retention.ms' : 'retention.ms'] = String(topic.retentionMs)
  return {
    name: `${prefix}${topic.name}`,
    partitions: topic.partitions === 'events' ? eventPartitions : topic.partitions,
    replication,
    configs,
  }
}

async function differencesOf(admin: AdminPort, spec: TopicSpec): Promise<string[]> {
  const found: string[] = []
  const partitions = (await admin.leaders(spec.name))?.size ?? 0
  if (partitions !== spec.partitions) found.push(`${spec.name} has ${partitions} partitions, not ${spec.partitions}`)
  const configs = await admin.configOf(spec.name, ['max.message.bytes', 'cleanup.policy'])
  const limit = Number(configs['max.message.bytes'])
  if (limit < Number(spec.configs['max.message.bytes']))
    found.push(`${spec.name} takes ${limit} bytes a batch, not ${spec.configs['max.message.bytes']}`)
  if (configs['cleanup.policy'] !== spec.configs['cleanup.policy']) {
    found.push(`${spec.name} has cleanup.policy ${configs['cleanup.policy']}, not ${spec.configs['cleanup.policy']}`)
  }
  return found
}

import { type AdminPort, PortError } from './port.ts'
import type { InternalTopic } from './types.ts'

/** What commits and transactions are kept in: "exactly once" stands on both. */
const INTERNAL = ['__consumer_offsets', '__transaction_state']

/** One replica fewer than there are may be away; acks=all means little with one in-sync replica left. */
export const minInSync = (replication: number): number => Math.max(1, replication - 1)

/** What a topic lacks of the replicas that it should have, in sync and at all. More of either is no lack. @throws PortError */
export async function lacksOf(
  admin: Pick<AdminPort, 'configOf'>,
  topic: string,
  partitions: ReadonlyMap<number, number>,
  replication: number,
): Promise<string[]> {
  const found: string[] = []
  const weak = [...partitions.values()].filter((replicas) => replicas < replication)
  if (weak.length > 0) {
    const where = weak.length < partitions.size ? ` in ${weak.length} of ${partitions.size} partitions` : ''
    found.push(`${topic} has ${Math.min(...weak)} of ${replication} replicas${where}`)
  }
  const { 'min.insync.replicas': set } = await admin.configOf(topic, ['min.insync.replicas'])
  const wanted = minInSync(replication)
  if (!(Number(set) >= wanted)) found.push(`${topic} has min.insync.replicas ${set}, not ${wanted}`)
  return found
}

/** Looks at the topics that Kafka makes for itself, when it first needs them. @throws PortError while no broker answers */
export async function internalTopicsOf(admin: AdminPort, replication: number): Promise<InternalTopic[]> {
  return await Promise.all(INTERNAL.map((topic) => internalTopicOf(admin, topic, replication)))
}

async function internalTopicOf(admin: AdminPort, topic: string, replication: number): Promise<InternalTopic> {
  try {
    const partitions = await admin.replicas(topic)
    if (partitions === undefined) return { topic, state: 'missing', lacks: [] }
    const lacks = await lacksOf(admin, topic, partitions, replication)
    return { topic, state: lacks.length > 0 ? 'weaker' : 'as set', lacks }
  } catch (error) {
    if (!(error instanceof PortError) || error.failure !== 'refused') throw error
    return { topic, state: 'unreadable', lacks: [] }
  }
}

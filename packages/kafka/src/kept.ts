import type { AdminPort } from './port.ts'
import type { Kept } from './types.ts'

/**
 * What the broker keeps of a topic, and how much of it is older than `before` (epoch milliseconds); undefined when there is no such topic.
 * @throws PortError
 */
export async function keptOf(admin: AdminPort, topic: string, before: number): Promise<Kept | undefined> {
  if ((await admin.leaders(topic)) === undefined) return undefined
  const [configs, bounds, young] = await Promise.all([
    admin.configOf(topic, ['cleanup.policy', 'retention.ms', 'segment.ms']),
    admin.bounds(topic),
    admin.offsetsAt(topic, before),
  ])
  let older = 0n
  for (const [partition, { low, high }] of bounds) {
    const first = young.get(partition) ?? low
    // Where nothing is that young kafkajs answers with the end.
    const end = first < 0n ? high : first
    if (end > low) older += end - low
  }
  const retentionMs = Number(configs['retention.ms'])
  const isDeleting = configs['cleanup.policy']?.includes('delete') === true && retentionMs >= 0
  return { retentionMs: isDeleting ? retentionMs : undefined, segmentMs: Number(configs['segment.ms'] ?? 0), older }
}

import type { AdminPort, Replication } from './port.ts'

/**
 * Sums the topics; those that do not exist count as nothing. They are asked for one after the other: nobody waits for the sum.
 * @throws PortError
 */
export async function replicationOf(
  admin: Pick<AdminPort, 'replication'>,
  topics: readonly string[],
): Promise<Replication> {
  const sum = { total: 0, underReplicated: 0, offline: 0 }
  for (const topic of topics) {
    const found = await admin.replication(topic)
    if (found === undefined) continue
    sum.total += found.total
    sum.underReplicated += found.underReplicated
    sum.offline += found.offline
  }
  return sum
}

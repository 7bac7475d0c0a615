import { type Stack, startStack, temporaryDir } from '@millrace/local'
import { waitFor } from '@millrace/test-support'
import type { Admin } from 'kafkajs'
import { afterAll, beforeAll } from 'vitest'

export interface Cluster {
  brokers(): readonly string[]
  nodes(): Stack['nodes']
}

/** Two brokers for the tests of one file, which may move leaders and stop brokers as they like. */
export function setUpCluster(): Cluster {
  let stack: Stack | undefined
  const running = (): Stack => {
    if (stack === undefined) throw new Error('the cluster runs while tests do')
    return stack
  }
  beforeAll(async () => {
    stack = await startStack({ dir: temporaryDir(), brokers: 2, isDurable: false })
  })
  afterAll(() => stack?.stop())
  return { brokers: () => running().brokers.split(','), nodes: () => running().nodes }
}

export async function leaderOf(admin: Admin, topic: string, partition: number): Promise<number | undefined> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  return topics[0]?.partitions.find(({ partitionId }) => partitionId === partition)?.leader
}

/** Hands partitions to a broker and waits until it leads them. */
export async function moveLeader(
  admin: Admin,
  topic: string,
  partitions: readonly number[],
  to: number,
): Promise<void> {
  const partitionAssignment = partitions.map((partition) => ({ partition, replicas: [to] }))
  await admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] })
  await waitFor(
    async () => {
      const leaders = await Promise.all(partitions.map((partition) => leaderOf(admin, topic, partition)))
      return leaders.every((leader) => leader === to)
    },
    { what: `broker ${to} to lead ${topic}` },
  )
}

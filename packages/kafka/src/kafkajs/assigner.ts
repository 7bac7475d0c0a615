import { AssignerProtocol, type PartitionAssigner } from 'kafkajs'

/**
 * Gives one member the same partition numbers of all topics of the group, so that the owner of a key owns it in each of them. kafkajs's own
 * round-robin deals one flat list, which tears equal numbers apart.
 */
export const coPartitioned: PartitionAssigner = ({ cluster }) => ({
  name: 'MillraceCoPartitioned',
  version: 0,
  async assign({ members, topics }) {
    const owners = members.map(({ memberId }) => memberId).sort()
    const counts = new Map(topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).length]))
    return owners.map((memberId, place) => ({
      memberId,
      memberAssignment: AssignerProtocol.MemberAssignment.encode({
        version: 0,
        assignment: Object.fromEntries(
          Array.from(counts, ([topic, count]) => [topic, dealt(count, place, owners.length)]),
        ),
        userData: Buffer.alloc(0),
      }),
    }))
  },
  protocol({ topics }) {
    return {
      name: 'MillraceCoPartitioned',
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: 0,
        topics: [...topics].sort(),
        userData: Buffer.alloc(0),
      }),
    }
  },
})

/** Partition numbers of the member at `place` among `members`. */
export function dealt(partitions: number, place: number, members: number): number[] {
  return Array.from({ length: partitions }, (_, partition) => partition).filter(
    (partition) => partition % members === place,
  )
}

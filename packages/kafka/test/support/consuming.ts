import type { Topic } from '@millrace/schemas'
import { waitFor } from '@millrace/test-support'
import type { InRecord, Kafka } from '../../src/index.ts'
import { bareAdmin } from './kafka.ts'

export const bytes = (text: string) => Buffer.from(text)
export const text = (record: InRecord<Buffer>) => String(record.value)

/** A promise that a test opens. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}

/** Sends values, each under what stands before its colon, those of one key in order. */
export async function fill(kafka: Kafka, topic: Topic<Buffer>, values: readonly string[]): Promise<void> {
  await Promise.all(values.map((value) => kafka.send(topic, value.split(':')[0] ?? '', bytes(value))))
}

export interface GroupView {
  /** The group's committed next offset, as any tool sees it; -1 when there is none. */
  committed(partition?: number): Promise<number>
  untilCommitted(next: number, partition?: number): Promise<void>
}

/** Looks at a group from outside. */
export async function viewGroup(prefix: string, group: string, topic: Topic<Buffer>): Promise<GroupView> {
  const admin = await bareAdmin()
  const committed = async (partition = 0) => {
    const [answer] = await admin.fetchOffsets({ groupId: `${prefix}${group}`, topics: [`${prefix}${topic.name}`] })
    return Number(answer?.partitions.find((found) => found.partition === partition)?.offset ?? -1)
  }
  return {
    committed,
    untilCommitted: async (next, partition = 0) => {
      let last = -1
      const look = async () => {
        last = await committed(partition)
        return last === next
      }
      await waitFor(look, {
        what: `${group} to have committed ${next}`,
        everyMs: 50,
      }).catch((error: Error) => {
        throw new Error(`${error.message}; committed is ${last}`)
      })
    },
  }
}

/** Removes the records of partition 0 below an offset, as retention does. */
export async function removeBelow(prefix: string, topic: Topic<Buffer>, offset: number): Promise<void> {
  const admin = await bareAdmin()
  const name = `${prefix}${topic.name}`
  // kafkajs finds the leader in metadata that only another question loads.
  await admin.fetchTopicOffsets(name)
  await admin.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: String(offset) }] })
}

import { Kafka, logLevel } from 'kafkajs'

/** Removes all records that a topic has, as its retention would. @param topic with the prefix */
export async function removeRecords(brokers: string, topic: string): Promise<void> {
  const admin = new Kafka({ brokers: brokers.split(','), clientId: 'drill', logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const ends = await admin.fetchTopicOffsets(topic)
    await admin.deleteTopicRecords({
      topic,
      partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
    })
  } finally {
    await admin.disconnect()
  }
}

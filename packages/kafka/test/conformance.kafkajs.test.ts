import { afterAll } from 'vitest'
import { conformance } from './conformance.ts'
import { bareClient, connectForTest, randomName } from './support/kafka.ts'

const run = randomName()

conformance('kafkajs on a real broker', () => {
  const prefix = `${run}${randomName()}`
  return () => connectForTest({ prefix }).kafka
})

afterAll(async () => {
  const admin = bareClient().admin()
  await admin.connect()
  const topics = (await admin.listTopics()).filter((name) => name.startsWith(run))
  await admin.deleteTopics({ topics })
  await admin.disconnect()
})

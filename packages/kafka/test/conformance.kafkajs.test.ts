import { afterAll } from 'vitest'
import { conformance } from './conformance.ts'
import { bareClient, connectForTest, randomName, removeTopics } from './support/kafka.ts'

const run = randomName()

conformance('kafkajs on a real broker', () => {
  const prefix = `${run}${randomName()}`
  return () => connectForTest({ prefix }).kafka
})

afterAll(async () => {
  const admin = bareClient().admin()
  await admin.connect()
  await removeTopics(admin, run)
  await admin.disconnect()
})

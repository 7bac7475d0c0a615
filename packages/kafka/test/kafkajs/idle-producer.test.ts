import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { connectForTest, randomName, setUpTopics } from '../support/kafka.ts'
import { bytesTopic } from '../support/topics.ts'

const prefix = randomName()
const topic = bytesTopic('idle', { partitions: 4 })
setUpTopics(prefix, [topic])

test('an idle producer arms no timers: the patch of its request queue', async () => {
  const { kafka } = connectForTest({ prefix })
  await Promise.all(['a', 'b', 'c', 'd'].map((key) => kafka.send(topic, key, Buffer.from('x'))))
  const armed = vi.spyOn(globalThis, 'setTimeout')
  await sleep(1_000)
  const timers = armed.mock.calls.length
  armed.mockRestore()
  expect(timers).toBeLessThan(20)
})

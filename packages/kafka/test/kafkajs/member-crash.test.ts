import { expect, test } from 'vitest'
import { createMember } from '../../src/kafkajs/member.ts'
import { fakeConsumer } from '../support/fake-consumer.ts'
import { createRecordingLog } from '../support/recording-log.ts'

test('pausing, resuming and seeking while kafkajs restarts after a crash throw nothing: the next join asks for all of it again', async () => {
  const fake = fakeConsumer()
  const assigned: number[] = []
  const member = createMember(
    fake.client,
    {
      group: 'g',
      topics: ['t'],
      isReadCommitted: true,
      from: 'beginning',
      events: {
        assigned: (partitions) => assigned.push(...partitions.map(({ partition }) => partition)),
        kept: () => undefined,
        lost: () => {},
        records: () => {},
        rebalancing: () => {},
        passed: () => {},
        fatal: () => {},
      },
    },
    { sessionTimeoutMs: 6_000, log: createRecordingLog() },
  )
  const started = member.start()
  await new Promise(setImmediate)
  fake.join('m1', { t: [0] })
  await started
  const groupless = () => {
    throw Object.assign(new Error('Consumer group was not initialized'), { name: 'KafkaJSNonRetriableError' })
  }
  const consumer = fake.client.consumer({ groupId: 'g' })
  const { pause, resume, seek } = consumer
  Object.assign(consumer, { pause: groupless, resume: groupless, seek: groupless })
  const tp = { topic: 't', partition: 0 }
  member.pause(tp)
  member.resume(tp)
  member.seek(tp, 5n)
  Object.assign(consumer, { pause, resume, seek })
  fake.join('m2', { t: [0] })
  expect(assigned).toEqual([0, 0])
})

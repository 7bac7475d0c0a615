import { patient, waitFor } from '@millrace/test-support'
import { expect, onTestFinished, test } from 'vitest'
import { kafkaOver } from '../../src/connect.ts'
import { createMemoryCluster } from '../../src/memory/index.ts'
import type { AdminPort } from '../../src/port.ts'
import { fill } from '../support/consuming.ts'
import { createRecordingLog } from '../support/recording-log.ts'
import { bytesTopic } from '../support/topics.ts'

test('all outputs of a batch need one question for the partitions of their topic', async () => {
  const { port } = createMemoryCluster()
  const memory = port.admin()
  const asked: string[] = []
  const leaders: AdminPort['leaders'] = async (topic) => {
    asked.push(topic)
    // As over a network: the answer comes after whoever asks at the same moment.
    await new Promise((resolve) => setImmediate(resolve))
    return memory.leaders(topic)
  }
  const kafka = kafkaOver(
    { ...port, admin: () => ({ ...memory, leaders }) },
    { brokers: [], clientId: 'test', ...patient, log: createRecordingLog() },
  )
  onTestFinished(() => kafka.close(100))
  const [from, into] = [bytesTopic('from'), bytesTopic('into')]
  await kafka.ensureTopics([from, into, bytesTopic('from.dlq.g')] as never, { eventPartitions: 1, replication: 1 })
  await fill(kafka, from, ['a:0', 'a:1', 'a:2', 'a:3'])
  asked.length = 0
  kafka.transform<Buffer>({
    group: 'g',
    from: [from],
    apply: async ({ records }) => ({
      outputs: records.flatMap(({ key, value }) =>
        Array.from({ length: 50 }, () => ({ topic: into, key: key ?? '', value })),
      ),
    }),
  })
  await waitFor(async () => (await memory.committed('g', 'from')).get(0) === 4n, { what: 'the commit' })
  expect(asked.filter((topic) => topic === 'into')).toHaveLength(1)
})

import { waitFor } from '@millrace/test-support'
import { expect, onTestFinished, test } from 'vitest'
import { kafkaOver } from '../../src/connect.ts'
import { createMemoryCluster } from '../../src/memory/index.ts'
import type { KafkaPort, MemberPort } from '../../src/port.ts'
import { fill } from '../support/consuming.ts'
import { createRecordingLog } from '../support/recording-log.ts'
import { bytesTopic } from '../support/topics.ts'

type Outcome = 'ok' | 'fenced'

/** A cluster in memory whose members' commits the test answers. */
function connectWith(answer: () => Outcome) {
  const { port } = createMemoryCluster()
  const committed: bigint[] = []
  const answering: KafkaPort = {
    ...port,
    member: (options) => {
      const member = port.member(options)
      return {
        ...member,
        commit: async (next) => {
          committed.push(...next.map((entry) => entry.next))
          const outcome = answer()
          return outcome === 'ok' ? member.commit(next) : outcome
        },
      }
    },
  }
  const kafka = kafkaOver(answering, { brokers: [], clientId: 'test', log: createRecordingLog() })
  onTestFinished(() => kafka.close(100))
  return { kafka, port, committed }
}

test('a client that fails when it is told to go on costs no record: what was handled is no dead letter', async () => {
  const { port } = createMemoryCluster()
  let isBroken = false
  const failing: KafkaPort = {
    ...port,
    member: (options) => {
      const member = port.member(options)
      const resume: MemberPort['resume'] = (tp) => {
        if (isBroken) throw new Error('no group')
        member.resume(tp)
      }
      return { ...member, resume }
    },
  }
  const kafka = kafkaOver(failing, { brokers: [], clientId: 'test', log: createRecordingLog() })
  onTestFinished(() => kafka.close(100))
  const [topic, letters] = [bytesTopic('broken'), bytesTopic('broken.dlq.g')]
  await kafka.ensureTopics([topic, letters] as never, { eventPartitions: 1, replication: 1 })
  await fill(kafka, topic, ['a:0', 'b:0'])
  const handle = async () => {
    isBroken = true
  }
  kafka.consume<Buffer>({ group: 'g', topics: [topic], ordering: 'key', maxInFlight: 2, handle })
  await waitFor(async () => (await port.admin().committed('g', 'broken')).get(0) === 2n, { what: 'the commit' })
  expect((await kafka.ends(letters)).get(0)).toBe(0n)
})

test('a commit that a rebalance refused is repeated until it is taken, and then not again', async () => {
  const answers: Outcome[] = ['fenced', 'fenced']
  const { kafka, port, committed } = connectWith(() => answers.shift() ?? 'ok')
  const topic = bytesTopic('refused')
  await kafka.ensureTopics([topic] as never, { eventPartitions: 1, replication: 1 })
  await fill(kafka, topic, ['k:0', 'k:1'])
  const consumer = kafka.consume<Buffer>({ group: 'g', topics: [topic], ordering: 'key', handle: async () => {} })
  await consumer.caughtUp()
  expect(answers).toEqual([])
  expect((await port.admin().committed('g', 'refused')).get(0)).toBe(2n)
  const after = committed.length
  await consumer.close()
  expect(committed).toHaveLength(after)
  expect(committed.at(-1)).toBe(2n)
})

test('caughtUp waits for the commit, not only for the handlers', async () => {
  let outcome: Outcome = 'fenced'
  const { kafka, committed } = connectWith(() => outcome)
  const topic = bytesTopic('waits')
  await kafka.ensureTopics([topic] as never, { eventPartitions: 1, replication: 1 })
  await fill(kafka, topic, ['k:0'])
  const consumer = kafka.consume<Buffer>({ group: 'g', topics: [topic], ordering: 'key', handle: async () => {} })
  let isCaughtUp = false
  const caughtUp = consumer.caughtUp().then(() => {
    isCaughtUp = true
  })
  await waitFor(() => committed.length >= 2, { what: 'two refused commits' })
  expect(isCaughtUp).toBe(false)
  outcome = 'ok'
  await caughtUp
})

import { waitFor } from '@millrace/test-support'
import { expect, test } from 'vitest'
import { bytes, fill, text } from './support/consuming.ts'
import { bareAdmin, connectForTest, randomName, range, setUpTopics } from './support/kafka.ts'
import { bytesTopic } from './support/topics.ts'

const prefix = randomName()
const stream = bytesTopic('stream')
const settings = bytesTopic('settings')
setUpTopics(prefix, [stream, settings])

test('a topic that is made anew is read from its start by those who read the old one', async () => {
  const { kafka } = connectForTest({ prefix })
  const seen: string[] = []
  const consumer = kafka.consume<Buffer>({
    group: 'g',
    topics: [stream],
    ordering: 'key',
    handle: async (record) => void seen.push(text(record)),
  })
  const table = kafka.table(settings)
  await fill(
    kafka,
    stream,
    range(20).map((n) => `k:old ${n}`),
  )
  for (const n of range(20)) await kafka.send(settings, 'mode', bytes(`old ${n}`))
  await consumer.caughtUp()
  await waitFor(() => String(table.get('mode')) === 'old 19', { what: 'the table' })
  const admin = await bareAdmin()
  await admin.deleteTopics({ topics: [`${prefix}stream`, `${prefix}settings`] })
  const again = connectForTest({ prefix }).kafka
  const areGone = async () => !(await admin.listTopics()).some((name) => name.startsWith(prefix))
  await waitFor(areGone, { what: 'the old topics to be gone' })
  const makeAnew = () => again.ensureTopics([stream, settings] as never, { eventPartitions: 1, replication: 1 })
  await waitFor(makeAnew, { what: 'the topics to be made anew' })
  await fill(
    again,
    stream,
    range(3).map((n) => `k:new ${n}`),
  )
  await again.send(settings, 'mode', bytes('new'))
  await waitFor(() => seen.length === 23, { what: 'the new records' })
  expect(seen.slice(20)).toEqual(['k:new 0', 'k:new 1', 'k:new 2'])
  await waitFor(() => String(table.get('mode')) === 'new', { what: 'the new value' })
})

import { waitFor } from '@millrace/test-support'
import { expect, test } from 'vitest'
import type { Kafka } from '../src/index.ts'
import type { Meeting } from './support/child/meet-request.ts'
import { connectForTest, counted, randomName, range, readValues, setUpTopics, sharedBrokers } from './support/kafka.ts'
import { startMember } from './support/member-process.ts'
import { bytesTopic } from './support/topics.ts'

const prefix = randomName()
const names = ['zombie', 'late', 'killed'] as const
type Name = (typeof names)[number]
const from = (name: Name) => bytesTopic(`${name}.in`)
const into = (name: Name) => bytesTopic(`${name}.out`)
setUpTopics(
  prefix,
  names.flatMap((name) => [from(name), into(name)]),
)

function member(name: Name, meeting?: Meeting) {
  return startMember({
    kind: 'copy',
    brokers: sharedBrokers(),
    prefix,
    group: name,
    from: from(name).name,
    into: into(name).name,
    sessionTimeoutMs: 3_000,
    // No test waits that long: whoever had to wait for it would not come to its end.
    transactionTimeoutMs: 600_000,
    ...(meeting === undefined ? {} : { meeting }),
  })
}

async function send(kafka: Kafka, name: Name, values: readonly string[]): Promise<void> {
  await Promise.all(values.map((value) => kafka.send(from(name), 'k', Buffer.from(value))))
}

async function expectEachOnce(kafka: Kafka, name: Name, values: readonly string[]): Promise<void> {
  await waitFor(async () => new Set(await readValues(kafka, into(name))).size >= values.length, {
    what: 'every value to be written',
    everyMs: 200,
  })
  expect(counted(await readValues(kafka, into(name)))).toEqual(counted(values))
}

const first = range(5).map((n) => `first-${n}`)
const second = range(5).map((n) => `second-${n}`)

test('an owner that was stalled commits after its successor took over: its transaction is refused, each record is there once', async () => {
  const { kafka } = connectForTest({ prefix })
  await send(kafka, 'zombie', first)
  const stalled = member('zombie', { api: 'EndTxn', how: 'stop' })
  await stalled.said('stop before EndTxn')
  const successor = member('zombie')
  await successor.said('committed 5')
  stalled.goOn()
  await stalled.said('fenced by another owner')
  await send(kafka, 'zombie', second)
  await expectEachOnce(kafka, 'zombie', [...first, ...second])
  const untilFenced = stalled.lines().slice(0, stalled.lines().indexOf('fenced by another owner'))
  expect(untilFenced.filter((line) => line.startsWith('committed'))).toEqual([])
})

test('an owner that was stalled commits after its successor joined but before it fenced: each record is there once', async () => {
  const { kafka } = connectForTest({ prefix })
  await send(kafka, 'late', first)
  const stalled = member('late', { api: 'EndTxn', how: 'stop' })
  await stalled.said('stop before EndTxn')
  const successor = member('late', { api: 'InitProducerId', how: 'stop' })
  await successor.said('stop before InitProducerId')
  stalled.goOn()
  await stalled.said('committed 5')
  // It would join again, and then either of the two might go on.
  stalled.kill()
  successor.goOn()
  await send(kafka, 'late', second)
  await expectEachOnce(kafka, 'late', [...first, ...second])
})

test('a member is killed in mid-transaction: its successor writes each record once, without waiting for the transaction to time out', async () => {
  const { kafka } = connectForTest({ prefix })
  await send(kafka, 'killed', first)
  await member('killed', { api: 'EndTxn', how: 'kill' }).said('kill before EndTxn')
  const successor = member('killed')
  await successor.said('committed 5')
  await send(kafka, 'killed', second)
  await expectEachOnce(kafka, 'killed', [...first, ...second])
})

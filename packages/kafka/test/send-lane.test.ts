import { waitFor } from '@millrace/test-support'
import { expect, onTestFinished, test } from 'vitest'
import { PortError } from '../src/port.ts'
import { createSender } from '../src/send.ts'
import { createLane, type Lane } from '../src/send-lane.ts'
import { type FakeProducers, fakeProducers } from './support/fake-producer.ts'
import { createRecordingLog } from './support/recording-log.ts'

interface Sent {
  readonly done: Promise<bigint>
  readonly isSettled: () => boolean
}

function startLane(): { lane: Lane; producers: FakeProducers } {
  const producers = fakeProducers()
  // The lane needs nothing of the port but producers.
  const lane = createLane(producers.port as never, { log: createRecordingLog(), onOutcome: () => {} })
  onTestFinished(() => lane.close(0))
  return { lane, producers }
}

function send(lane: Lane, partition: number, value: string, { size = 100, withinMs = 5_000 } = {}): Sent {
  let isSettled = false
  const done = new Promise<bigint>((resolve, reject) => {
    lane.add({
      record: { topic: 't', partition, key: null, value: Buffer.from(value), headers: {} },
      place: `t-${partition}`,
      size,
      since: Date.now(),
      deadline: Date.now() + withinMs,
      firstTry: 0,
      isLate: false,
      resolve,
      reject,
      settled: () => {
        isSettled = true
      },
    })
  })
  done.catch(() => {})
  return { done, isSettled: () => isSettled }
}

const values = (records: readonly { value: Buffer | null }[]) => records.map(({ value }) => String(value))
const unavailable = () => new PortError('unavailable', 'REQUEST_TIMED_OUT', 'no answer')
const tooLarge = () => new PortError('refused', 'MESSAGE_TOO_LARGE', 'too large')

test('what comes while a request is on its way travels together in the next one', async () => {
  const { lane, producers } = startLane()
  const first = send(lane, 0, 'a')
  const request = await producers.next()
  const later = ['b', 'c', 'd'].map((value) => send(lane, 0, value))
  request.answer()
  const second = await producers.next()
  second.answer()
  expect(values(second.records)).toEqual(['b', 'c', 'd'])
  expect(await Promise.all([first, ...later].map(({ done }) => done))).toEqual([0n, 1n, 2n, 3n])
})

test('the next request is on its way before the callers of the last one are told', async () => {
  const { lane, producers } = startLane()
  const order: string[] = []
  const first = send(lane, 0, 'a')
  const told = first.done.then(() => order.push('told'))
  const request = await producers.next()
  send(lane, 0, 'b')
  request.answer()
  const second = await producers.next().then((next) => {
    order.push('next request')
    return next
  })
  await told
  second.answer()
  expect(order).toEqual(['next request', 'told'])
})

test('a record of more than 256 KiB travels alone', async () => {
  const { lane, producers } = startLane()
  for (const [value, size] of [
    ['small 1', 100],
    ['large', 300_000],
    ['small 2', 100],
  ] as const)
    send(lane, 0, value, { size })
  const requests: string[][] = []
  for (let count = 0; count < 3; count++) {
    const request = await producers.next()
    requests.push(values(request.records))
    request.answer()
  }
  expect(requests).toEqual([['small 1'], ['large'], ['small 2']])
})

test('only what the answer did not name is sent again', async () => {
  const { lane, producers } = startLane()
  const named = send(lane, 0, 'named')
  const unnamed = send(lane, 1, 'unnamed')
  const request = await producers.next()
  request.answer([0])
  const again = await producers.next()
  again.answer()
  expect(values(again.records)).toEqual(['unnamed'])
  expect(await named.done).toBe(0n)
  expect(await unnamed.done).toBe(0n)
  expect(producers.written.get(0)).toEqual(['named'])
})

test('after a failed request its records go first, in order, before later ones of their partition', async () => {
  const { lane, producers } = startLane()
  const sent = ['1', '2'].map((value) => send(lane, 0, value))
  const request = await producers.next()
  sent.push(send(lane, 0, '3'))
  request.fail(unavailable())
  const again = await producers.next()
  again.answer()
  await Promise.all(sent.map(({ done }) => done))
  expect(producers.written.get(0)).toEqual(['1', '2', '3'])
})

test('a refused record fails alone; the others of its request are written', async () => {
  const { lane, producers } = startLane()
  const good = send(lane, 0, 'good')
  const bad = send(lane, 1, 'bad')
  const alsoGood = send(lane, 1, 'also good')
  const answers = async () => {
    for (;;) {
      const request = await producers.next()
      if (values(request.records).includes('bad')) request.fail(tooLarge())
      else request.answer()
    }
  }
  void answers()
  await expect(bad.done).rejects.toMatchObject({ code: 'MR_KAFKA_TOO_LARGE' })
  expect(await good.done).toBe(0n)
  expect(await alsoGood.done).toBe(0n)
})

test('while a refused batch is taken apart, a record does not overtake one of its partition that failed for a passing reason', async () => {
  const { lane, producers } = startLane()
  const sent = ['1', '2', '3'].map((value) => send(lane, 0, value))
  const whole = await producers.next()
  whole.fail(tooLarge())
  const alone = await producers.next()
  expect(values(alone.records)).toEqual(['1'])
  alone.fail(unavailable())
  const next = await producers.next()
  next.answer()
  await Promise.all(sent.map(({ done }) => done))
  expect(producers.written.get(0)).toEqual(['1', '2', '3'])
})

test('callers are refused at their deadline, and a record on the wire counts until its request settles', async () => {
  const { lane, producers } = startLane()
  const onWire = send(lane, 0, 'on the wire', { withinMs: 60 })
  const request = await producers.next()
  const behind = send(lane, 0, 'behind', { withinMs: 90 })
  await expect(onWire.done).rejects.toMatchObject({ code: 'MR_KAFKA_UNAVAILABLE' })
  await expect(behind.done).rejects.toMatchObject({ code: 'MR_KAFKA_UNAVAILABLE' })
  expect({ onWire: onWire.isSettled(), behind: behind.isSettled() }).toEqual({ onWire: false, behind: true })
  request.fail(unavailable())
  await expect.poll(onWire.isSettled, { timeout: 60_000 }).toBe(true)
})

test('two failures in a row make it take a new producer', async () => {
  const { lane, producers } = startLane()
  const sent = send(lane, 0, 'x')
  for (let count = 0; count < 2; count++) {
    const request = await producers.next()
    request.fail(unavailable())
  }
  const request = await producers.next()
  request.answer()
  await sent.done
  expect(producers.count()).toBe(2)
})

test('closing refuses what no broker took', async () => {
  const { lane, producers } = startLane()
  const first = send(lane, 0, 'on the wire')
  const request = await producers.next()
  const waiting = send(lane, 0, 'waiting')
  const closed = lane.close(0)
  await expect(waiting.done).rejects.toMatchObject({ code: 'MR_KAFKA_CLOSED' })
  await closed
  request.fail(unavailable())
  await expect(first.done).rejects.toMatchObject({ code: 'MR_KAFKA_CLOSED' })
})

test('while a record waits too long for its request, new ones are refused at once', async () => {
  const producers = fakeProducers()
  const limits = { timeoutMs: 60_000, maxQueueBytes: 1e9, maxQueueRecords: 1e6, maxWaitMs: 20 }
  const admin = { leaders: async () => new Map([[0, 1]]) }
  const sender = createSender(producers.port as never, admin as never, { ...limits, log: createRecordingLog() })
  onTestFinished(() => sender.close(0))
  const record = { topic: 't', partition: 0, key: null, value: Buffer.from('a'), headers: {} }
  const onWire = sender.send(record)
  const first = await producers.next()
  const waiting = sender.send(record)
  await waitFor(() => sender.isCongested(), { what: 'a record to have waited' })
  await expect(sender.send(record)).rejects.toMatchObject({ code: 'MR_KAFKA_QUEUE_FULL', retryable: true })
  first.answer()
  const second = await producers.next()
  expect(sender.isCongested()).toBe(false)
  second.answer()
  await Promise.all([
    onWire,
    waiting,
    sender.send(record).catch(() => {}),
    producers.next().then((next) => next.answer()),
  ])
})

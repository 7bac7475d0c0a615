import { expect, test } from 'vitest'
import { createEncodedSend } from '../../src/keyed-send.ts'
import type { WireRecord } from '../../src/port.ts'
import { bytesTopic } from '../support/topics.ts'

const topic = bytesTopic('sent')

/** A sender that takes everything at once, and keys that come when the test says so. */
function waitingSends(maxWaiting: number) {
  const sent: string[] = []
  const keys = Promise.withResolvers<void>()
  let areAtHand = false
  const mapper = {
    prepareWrite: () => (areAtHand ? undefined : keys.promise),
    encode: (_: unknown, key: string, value: unknown): WireRecord => ({
      ...{ topic: 'sent', partition: 0, key: Buffer.from(key), headers: {} },
      value: value as Buffer,
    }),
  }
  const sender = {
    send: async ({ value }: WireRecord) => {
      sent.push(String(value))
      return { partition: 0, offset: BigInt(sent.length - 1) }
    },
  }
  const send = createEncodedSend(mapper as never, sender, { timeoutMs: 10_000, maxWaiting })
  return {
    sent,
    send: (key: string, value: string) => send(topic, key, Buffer.from(value), undefined, undefined),
    open() {
      areAtHand = true
      keys.resolve()
    },
  }
}

test('records that wait for their keys are bounded; what is refused may be tried again', async () => {
  const { send, sent, open } = waitingSends(2)
  const taken = [send('a', '1'), send('a', '2')]
  await expect(send('b', '3')).rejects.toMatchObject({ code: 'MR_KAFKA_QUEUE_FULL', retryable: true })
  open()
  await Promise.all(taken)
  await send('b', '3')
  expect(sent).toEqual(['1', '2', '3'])
})

test('a record whose key is at hand overtakes none of its record key that waits, and waits for no other', async () => {
  const { send, sent, open } = waitingSends(10)
  const first = send('a', '1')
  open()
  const rest = [send('b', '2'), send('a', '3')]
  await Promise.all([first, ...rest])
  expect(sent).toEqual(['2', '1', '3'])
})

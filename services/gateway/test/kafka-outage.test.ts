import { KafkaError } from '@millrace/kafka'
import { expect, test } from 'vitest'
import { createKafkaOutage } from '../src/kafka-outage.ts'

const away = () => new KafkaError('MR_KAFKA_UNAVAILABLE', 'no answer')

/** A store that ends when the test says so. */
function pending() {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  return { store: () => promise, resolve, reject }
}

test('once nothing was stored for a whole wait, one request at a time tries and the others are refused at once', async () => {
  const outage = createKafkaOutage()
  await expect(outage.around(() => Promise.reject(away()))).rejects.toThrow('no answer')
  const probe = pending()
  const trying = outage.around(probe.store)
  let calls = 0
  const other = outage.around(async () => ++calls)
  await expect(other).rejects.toMatchObject({ code: 'MR_KAFKA_UNAVAILABLE', retryable: true })
  expect(calls).toBe(0)
  probe.resolve('stored')
  expect(await trying).toBe('stored')
  const two = [pending(), pending()]
  const both = Promise.all(two.map(({ store }) => outage.around(store)))
  for (const { resolve } of two) resolve('at the same time')
  expect(await both).toHaveLength(2)
})

test('without the data keys that come through Kafka nothing can be stored either', async () => {
  const outage = createKafkaOutage()
  const pendingKey = () => Promise.reject(new KafkaError('MR_KAFKA_KEY_PENDING', 'no key'))
  await expect(outage.around(pendingKey)).rejects.toThrow('no key')
  const probe = pending()
  const trying = outage.around(probe.store)
  await expect(outage.around(async () => 'stored')).rejects.toMatchObject({ code: 'MR_KAFKA_UNAVAILABLE' })
  probe.resolve('stored')
  expect(await trying).toBe('stored')
})

test('a try that fails lets the next one try', async () => {
  const outage = createKafkaOutage()
  for (let tries = 0; tries < 3; tries++)
    await expect(outage.around(() => Promise.reject(away()))).rejects.toThrow('no answer')
  expect(await outage.around(async () => 'stored')).toBe('stored')
})

test('while other brokers store what others bring, one that does not answer refuses only its own', async () => {
  const outage = createKafkaOutage()
  const slow = pending()
  const refused = outage.around(slow.store)
  await new Promise(setImmediate)
  await outage.around(async () => 'stored')
  slow.reject(away())
  await expect(refused).rejects.toThrow('no answer')
  const first = pending()
  const one = outage.around(first.store)
  expect(await outage.around(async () => 'stored')).toBe('stored')
  first.resolve('stored')
  await one
})

test('what is wrong with the record itself is no outage', async () => {
  const outage = createKafkaOutage()
  await expect(outage.around(() => Promise.reject(new KafkaError('MR_KAFKA_TOO_LARGE', 'large')))).rejects.toThrow()
  const first = pending()
  const one = outage.around(first.store)
  expect(await outage.around(async () => 'stored')).toBe('stored')
  first.resolve('stored')
  await one
})

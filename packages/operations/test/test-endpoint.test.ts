import { setTimeout as sleep } from 'node:timers/promises'
import { newEndpoint } from '@millrace/domain'
import type { Kafka } from '@millrace/kafka'
import { connectMemoryKafka, createMemoryCluster } from '@millrace/kafka/memory'
import { allTopics, topics } from '@millrace/schemas'
import { attemptValue } from '@millrace/test-support'
import { expect, test } from 'vitest'
import { testEndpoint } from '../src/index.ts'

type Admin = ReturnType<ReturnType<typeof createMemoryCluster>['port']['admin']>

/** A busy broker: it takes a while to say where a topic ends. */
const slowly = (admin: Admin): Admin => ({
  ...admin,
  async bounds(topic) {
    await sleep(200)
    return await admin.bounds(topic)
  },
})

test('a try is found that is over before who asked for it has begun to read', async () => {
  const { port } = createMemoryCluster()
  const slow = { ...port, admin: () => slowly(port.admin()) }
  const kafka = connectMemoryKafka({ cluster: { port: slow } })
  await kafka.ensureTopics(allTopics(), { eventPartitions: 2, replication: 1 })
  const quick: Kafka = {
    ...kafka,
    async send(topic, key, value, options) {
      const sent = await kafka.send(topic, key, value, options)
      const { delivery_id, endpoint_id } = value as { delivery_id: string; endpoint_id: string }
      await kafka.send(topics.attempts, key, attemptValue({ delivery_id, endpoint_id, outcome: 'succeeded' }))
      return sent
    },
  }
  const endpoint = newEndpoint({ tenant: 'default', endpoint_id: 'ep_1', url: 'https://customer.example/' }, 0)
  expect(await testEndpoint(quick, endpoint, AbortSignal.timeout(5_000))).toMatchObject({ outcome: 'succeeded' })
  await kafka.close()
})

import { connectMemoryKafka } from '@millrace/kafka/memory'
import { allTopics } from '@millrace/schemas'
import { defineSettings, readSettings, targetSettings, targetsOf } from '@millrace/service-kit'
import { newSecretKey, parseSecretKeys } from '@millrace/signing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configId, endpointOperations, liveEndpointStore } from '../src/index.ts'

const kafka = connectMemoryKafka()
const store = liveEndpointStore(kafka)
const keys = parseSecretKeys(newSecretKey('k1'))
const { values } = readSettings(defineSettings(targetSettings), { variables: { DELIVERY_ALLOW_PRIVATE: 'true' } })
const operations = endpointOperations({ store, targets: targetsOf(values), keys: () => keys })
const configFor = (usecase: string) => ({ usecase, config: { callback_url: 'https://127.0.0.1:9/hooks' } })

beforeAll(() => kafka.ensureTopics(allTopics(), { eventPartitions: 2, replication: 1 }))
afterAll(async () => {
  await store.close()
  await kafka.close()
})

test('a config that one list names twice has one secret, told once', async () => {
  const [first, second] = await operations.setConfigs('default', [configFor('twice'), configFor('twice')])
  expect(first?.secrets).toHaveLength(1)
  expect(second?.secrets).toEqual([])
  expect(second?.endpoint.secrets).toEqual(first?.endpoint.secrets)
})

test('a config that is set while its secret is rotated keeps the new secret', async () => {
  await operations.setConfigs('default', [configFor('rotated')])
  const id = configId('default', configFor('rotated'))
  const [rotated] = await Promise.all([
    operations.rotate({ tenant: 'default', id }, { overlap_ms: 0 }),
    operations.setConfigs('default', [configFor('rotated'), configFor('another')]),
  ])
  const now = [...(await store.all()).values()].find(({ endpoint_id }) => endpoint_id === id)
  expect(now?.secrets.map((secret) => secret.id)).toEqual(rotated.endpoint.secrets.map((secret) => secret.id))
})

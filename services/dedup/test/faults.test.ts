import { type ReceivedWebhook, topics } from '@millrace/schemas'
import { startTcpProxy, waitFor } from '@millrace/test-support'
import kafkajs, { type Admin } from 'kafkajs'
import { expect, onTestFinished, test } from 'vitest'
import { createInstallation, type Installation, type InstallationOptions } from './support/installation.ts'
import { appWebhook, fresh, received } from './support/webhooks.ts'

async function install(options?: InstallationOptions): Promise<Installation> {
  const here = await createInstallation(options)
  onTestFinished(() => here.close())
  return here
}

async function kafkaAdmin(): Promise<Admin> {
  const brokers = (process.env.KAFKA_BROKERS ?? '').split(',')
  const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  onTestFinished(() => admin.disconnect())
  return admin
}

/** Webhooks of events that nobody has seen, of a few conversations. */
function webhooks(count: number): ReceivedWebhook[] {
  const conversations = [fresh('cnv'), fresh('cnv'), fresh('cnv')]
  return Array.from({ length: count }, (_, index) =>
    received(appWebhook(fresh('evt'), { id: conversations[index % 3], subject: 'Hello' })),
  )
}

const idOf = ({ payload }: ReceivedWebhook): string => JSON.parse(payload.toString()).payload.id
const idsOf = (sent: readonly ReceivedWebhook[]) => sent.map(idOf).toSorted()

test('Redis emptied in the middle of the stream: claims are read back, nothing is doubled and nothing lost', async () => {
  const here = await install()
  const [first, second, third] = [webhooks(60), webhooks(60), webhooks(60)]
  await here.start()
  await here.send(...first)
  await here.settle()
  const sending = here.send(...second)
  await here.flush()
  await sending
  await here.send(...first, ...second, ...third)
  await here.settle()
  expect(here.eventIds().toSorted()).toEqual(idsOf([...first, ...second, ...third]))
})

test('a failover to an older Redis is noticed by its watermark: claims are read back, nothing is doubled', async () => {
  const here = await install()
  const [first, second] = [webhooks(30), webhooks(30)]
  await here.start()
  await here.send(...first)
  await here.settle()
  const dump = await here.dump()
  await here.send(...second)
  await here.settle()
  await here.restore(dump)
  await here.send(...second, ...first)
  await here.settle()
  expect(here.eventIds().toSorted()).toEqual(idsOf([...first, ...second]))
})

test('while Redis is away nothing passes, and it goes on by itself when Redis is back', async () => {
  const here = await install()
  const { hostname: host, port } = new URL(process.env.REDIS_URL ?? '')
  const proxy = await startTcpProxy({ target: { host, port: Number(port) } })
  onTestFinished(() => proxy.close())
  const dedup = await here.start({ redisUrl: `redis://${proxy.host}:${proxy.port}` })
  await here.settle()
  await proxy.down()
  const sent = webhooks(20)
  await here.send(...sent)
  await waitFor(() => dedup.health().inFlight > 0, { what: 'a batch to be in hand' })
  await waitFor(() => dedup.health().oldestMs > 1_500, { what: 'it to be in hand for a while' })
  expect(here.eventIds()).toEqual([])
  await proxy.up()
  await here.settle()
  expect(here.eventIds().toSorted()).toEqual(idsOf(sent))
})

test('a record that the broker refuses as an event is a dead letter, and its claim is free for the next copy', async () => {
  const here = await install({ maxEventBytes: 20_000 })
  await here.start()
  const [id, conversation] = [fresh('evt'), { id: fresh('cnv'), subject: 'Hello' }]
  const [before, after] = [webhooks(5), webhooks(5)]
  await here.send(...before, received(appWebhook(id, conversation, 'x'.repeat(300_000))), ...after)
  await here.settle()
  expect(await here.deadLetters()).toHaveLength(1)
  expect(here.eventIds().toSorted()).toEqual(idsOf([...before, ...after]))
  await here.send(received(appWebhook(id, conversation, 'small enough')))
  await here.settle()
  expect(here.eventIds()).toContain(id)
})

test('claims of another cluster swallow nothing', async () => {
  const here = await install()
  const sent = webhooks(5)
  const elsewhere = await here.start({ clusterId: 'another' })
  await here.settle()
  await elsewhere.close()
  // What that cluster has seen, this one has not.
  const marker = await here.redis.get('claim:marker')
  await here.redis.set(
    `claim:${marker?.split(' ')[1]}:default/default/front/${idOf(sent[0] as ReceivedWebhook)}`,
    'x-0-0|1|f|',
  )
  await here.start()
  await here.send(...sent)
  await here.settle()
  expect(here.eventIds().toSorted()).toEqual(idsOf(sent))
})

test('topics created anew: what was claimed for the old ones passes again', async () => {
  const here = await install({ partitions: 1 })
  const sent = webhooks(10)
  const service = await here.run()
  await here.send(...sent)
  await here.settle()
  await service.stop()
  await here.recreateTopics(await kafkaAdmin())
  await here.send(...sent)
  await service.start()
  await here.settle()
  expect(here.eventIds().toSorted()).toEqual(idsOf(sent))
})

test('received webhooks that are gone before the first commit do not hold up the rest', async () => {
  const here = await install({ partitions: 1 })
  const [gone, sent] = [webhooks(5), webhooks(5)]
  await here.send(...gone)
  const admin = await kafkaAdmin()
  const topic = `${here.prefix}${topics.received.name}`
  // kafkajs deletes only where it has loaded the topic's metadata.
  await admin.fetchTopicOffsets(topic)
  await admin.deleteTopicRecords({
    topic,
    partitions: [{ partition: 0, offset: '5' }],
  })
  await here.start()
  await here.send(...sent)
  await here.settle()
  expect(here.eventIds().toSorted()).toEqual(idsOf(sent))
})

test('offsets that were set back double nothing', async () => {
  const here = await install({ partitions: 1 })
  const sent = webhooks(10)
  const dedup = await here.start()
  await here.send(...sent)
  await here.settle()
  // Redis knows that a batch was committed once the next one comes.
  await here.settle()
  await dedup.close()
  const admin = await kafkaAdmin()
  const groupId = `${here.prefix}dedup`
  await waitFor(
    async () => {
      await admin.setOffsets({
        groupId,
        topic: `${here.prefix}${topics.received.name}`,
        partitions: [{ partition: 0, offset: '0' }],
      })
      return true
    },
    { what: 'the group to be empty' },
  )
  await here.start()
  await here.settle()
  expect(here.eventIds().toSorted()).toEqual(idsOf(sent))
})

test('two members share the partitions, and when one leaves the other goes on: each event once', async () => {
  const here = await install({ partitions: 4 })
  const [first, second, third] = [webhooks(60), webhooks(60), webhooks(60)]
  const one = await here.start()
  await here.send(...first)
  const two = await here.start()
  await Promise.all([one.joined, two.joined])
  await here.send(...second, ...first)
  await one.close()
  await here.send(...third, ...second)
  await here.settle()
  expect(here.eventIds().toSorted()).toEqual(idsOf([...first, ...second, ...third]))
})

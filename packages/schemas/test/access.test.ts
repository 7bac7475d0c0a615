import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { allTopics, type KafkaUser, kafkaUsers, retryTiers, serviceOfGroup, topics } from '../src/index.ts'

const services = join(import.meta.dirname, '../../../services')
const users = new Map(kafkaUsers().map((user) => [user.name, user]))
const consumers = [...new Set(['gateway', ...Object.values(serviceOfGroup)])]

/** Users of people, who put things in where services do. */
const steer = ['console', 'cli', 'toolbox']

const userNamed = (name: string): KafkaUser => users.get(name) ?? { name, rights: [] }

/** Topics of the registry, by name, that a user may do `operation` with. */
function reach({ rights }: KafkaUser, operation: string): string[] {
  return rights
    .filter(({ resource, operations }) => resource === 'topic' && operations.some((one) => one === operation))
    .map(({ name }) => name)
}

/** What the source of a service says by `topics.NAME`, and by the list of retry topics. */
function namedInSource(service: string): Set<string> {
  const files = globSync(join(services, service, 'src/**/*.ts'))
  const text = files.map((file) => readFileSync(file, 'utf8')).join('\n')
  const names = Array.from(
    text.matchAll(/\btopics\.([a-zA-Z0-9]+)\b/g),
    ([, key = '']) => topics[key as keyof typeof topics],
  )
  const known = names.filter((topic) => topic !== undefined).map(({ name }) => name as string)
  return new Set([...known, ...(text.includes('retryTiers') ? retryTiers.map(({ topic }) => topic.name) : [])])
}

/** Which service-kit reads and writes for all of them. */
const encryption = [topics.keys.name, topics.erasures.name]

test.for(consumers)('%s may use the topics that its source names, those of encryption, and no others', (service) => {
  const user = userNamed(service)
  const allowed = [...reach(user, 'Read'), ...reach(user, 'Write')].filter((name) => !name.includes('.dlq.'))
  expect([...new Set(allowed)].sort()).toEqual([...new Set([...namedInSource(service), ...encryption])].sort())
})

test('a topic is written by the users of its writers, and by who steers', () => {
  for (const topic of allTopics()) {
    const writers = [...users.values()]
      .filter((user) => reach(user, 'Write').includes(topic.name))
      .map(({ name }) => name)
    const isDead = topic.name.includes('.dlq.')
    const expected = isDead ? topic.writers.map((group) => serviceOfGroup[group]) : topic.writers
    expect(writers.filter((name) => !steer.includes(name)).sort(), topic.name).toEqual(
      expected.filter((name) => name === undefined || !steer.includes(name)).sort(),
    )
  }
})

test('nobody but the gateway’s kind writes what came in, and nobody but dedup writes events', () => {
  const writersOf = (name: string) =>
    [...users.values()].filter((user) => reach(user, 'Write').includes(name)).map((user) => user.name)
  expect(writersOf(topics.events.name)).toEqual(['dedup'])
  expect(writersOf(topics.received.name).sort()).toEqual(['cli', 'console', 'gateway', 'handlers', 'poller', 'toolbox'])
  expect(writersOf(topics.audit.name).sort()).toEqual(['console'])
})

test('the toolbox reads everything, and writes nothing but what a backfill hands in', () => {
  expect(reach(userNamed('toolbox'), 'Read')).toEqual(reach(userNamed('console'), 'Read'))
  // What it hands in is encrypted with keys that it may have to make.
  expect(reach(userNamed('toolbox'), 'Write').sort()).toEqual([topics.keys.name, topics.received.name].sort())
  expect(reach(userNamed('toolbox'), 'Create')).toEqual([])
})

test('a service joins its own groups alone', () => {
  for (const service of consumers) {
    const groups = userNamed(service).rights.filter(
      ({ resource, operations }) => resource === 'group' && operations.includes('Read'),
    )
    const foreign = groups.filter(({ name, isPrefix }) => !isPrefix && serviceOfGroup[name] !== service)
    expect(foreign, service).toEqual([])
  }
})

test('hooks and tests of a deployment read and write nothing', () => {
  for (const name of ['setup', 'doctor', 'keda']) {
    expect([...reach(userNamed(name), 'Read'), ...reach(userNamed(name), 'Write')], name).toEqual([])
  }
})

test('the prefix stands before every name but those of Kafka’s own topics, which are looked at alone', () => {
  const others = kafkaUsers('team.').flatMap((user) =>
    user.rights.filter(({ name }) => !name.startsWith('team.')).map((right) => ({ user: user.name, ...right })),
  )
  const looked = { resource: 'topic', isPrefix: false, operations: ['Describe', 'DescribeConfigs'] }
  expect(others).toEqual(
    ['cli', 'toolbox', 'doctor'].flatMap((user) =>
      ['__consumer_offsets', '__transaction_state'].map((name) => ({ user, name, ...looked })),
    ),
  )
})

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { allTopics, type KafkaUser, kafkaUsers, retryTiers, serviceOfGroup, topics } from '../src/index.ts'

const services = join(import.meta.dirname, '../../../services')
const users = new Map(kafkaUsers().map((user) => [user.name, user]))
const consumers = [...new Set(['gateway', ...Object.values(serviceOfGroup)])]

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

test.for(consumers)('%s may use the topics that its source names, and no others', (service) => {
  const user = userNamed(service)
  const allowed = [...reach(user, 'Read'), ...reach(user, 'Write')].filter((name) => !name.includes('.dlq.'))
  expect([...new Set(allowed)].sort()).toEqual([...namedInSource(service)].sort())
})

test('a topic is written by the users of its writers, and by who steers', () => {
  for (const topic of allTopics()) {
    const writers = [...users.values()]
      .filter((user) => reach(user, 'Write').includes(topic.name))
      .map(({ name }) => name)
    const isDead = topic.name.includes('.dlq.')
    const expected = isDead ? topic.writers.map((group) => serviceOfGroup[group]) : topic.writers
    expect(writers.filter((name) => name !== 'console' && name !== 'cli').sort(), topic.name).toEqual(
      expected.filter((name) => name !== 'console' && name !== 'cli').sort(),
    )
  }
})

test('nobody but the gateway’s kind writes what came in, and nobody but dedup writes events', () => {
  const writersOf = (name: string) =>
    [...users.values()].filter((user) => reach(user, 'Write').includes(name)).map((user) => user.name)
  expect(writersOf(topics.events.name)).toEqual(['dedup'])
  expect(writersOf(topics.received.name).sort()).toEqual(['cli', 'console', 'gateway', 'handlers', 'poller'])
  expect(writersOf(topics.audit.name).sort()).toEqual(['console'])
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

test('the prefix stands before every name', () => {
  const names = kafkaUsers('team.').flatMap(({ rights }) => rights.map(({ name }) => name))
  expect(names.filter((name) => !name.startsWith('team.'))).toEqual([])
})

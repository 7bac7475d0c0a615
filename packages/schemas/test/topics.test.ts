import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { allTopics, deadLetterTopic, type Topic, textFields, topics } from '../src/index.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const own = Object.values(topics) as unknown as Topic[]
const every = allTopics()

test('names are unique', () => {
  const names = every.map((topic) => topic.name)
  expect(new Set(names).size).toBe(names.length)
})

// Kafka takes 249 characters; metrics turn dots into underscores, so a name has no underscore of its own.
test('names are area.what.version in lower case, short enough for a prefix', () => {
  for (const { name } of every) {
    expect(name).toMatch(/^[a-z]+(\.[a-z0-9-]+)+\.v\d+(\.dlq\.[a-z-]+)?$/)
    expect(name.length).toBeLessThanOrEqual(200)
  }
})

test('topics read by one group have equal partition counts, so that one member owns a key in all of them', () => {
  const groups = new Set(own.flatMap((topic) => topic.groups))
  for (const group of groups) {
    const counts = own.filter((topic) => topic.groups.includes(group)).map((topic) => topic.partitions)
    expect(new Set(counts).size, group).toBe(1)
  }
})

test('every group of a topic has a dead-letter topic that holds the largest value of its source', () => {
  for (const source of own) {
    for (const group of source.groups) {
      const dead = every.find((topic) => topic.name === deadLetterTopic(source, group).name)
      expect(dead?.maxValueBytes).toBeGreaterThanOrEqual(source.maxValueBytes)
      expect(dead?.partitions).toBe(source.partitions)
    }
  }
})

/** What people configured or did, and what steers the installation; not people's mail (docs/privacy.md). */
const plain = [
  'rejected',
  'endpoints',
  'endpointStates',
  'modes',
  'parity',
  'notices',
  'audit',
  'positions',
  'keys',
  'erasures',
]

test('every topic that holds people or what they wrote is encrypted by somebody, but those of operators', () => {
  const isPersonal = ({ schema }: Topic) =>
    textFields(schema.versions.at(-1)?.avsc ?? '{}').some(({ pii }) => pii === 'subject' || pii === 'content')
  const named = Object.entries(topics) as unknown as [string, Topic][]
  expect(named.filter(([, topic]) => topic.subject === undefined).map(([name]) => name)).toEqual(plain)
  expect(named.filter(([name, topic]) => !plain.includes(name) && !isPersonal(topic))).toEqual([])
})

test('records that are made of an event are encrypted by the key of what it is about, whatever their record key is', () => {
  const made = { tenant: 'default', event_id: 'evt_1', about_id: 'cnv_1' }
  const subjectOf = (topic: unknown, key: string, value: object) => (topic as Topic<object>).subject?.(key, value)
  for (const topic of [topics.requested, topics.retry1h, topics.attempts, topics.extractions, topics.observations])
    expect(subjectOf(topic, 'default/ep_1', made)).toBe('default/cnv_1')
  expect(subjectOf(topics.attempts, 'default/ep_1', { ...made, about_id: null })).toBe('default/evt_1')
  expect(subjectOf(topics.observations, 'default/node', { ...made, about_id: null })).toBe('default/node')
  expect(subjectOf(topics.events, 'default/cnv_1', {})).toBe('default/cnv_1')
  expect(subjectOf(topics.relationships, 'default/r1', { tenant: 'default', from_id: 'node' })).toBe('default/node')
})

test('no topic name is written outside the registry', () => {
  const literals = new RegExp(own.map(({ name }) => name.replaceAll('.', '\\.')).join('|'))
  const offends = (line: string) => literals.test(line) && !/^\s*(\/\/|\/?\*)/.test(line)
  const found = sources().flatMap((file) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n')
    return lines.flatMap((line, index) => (offends(line) ? [`${file}:${index + 1}`] : []))
  })
  expect(found).toEqual([])
})

function sources(): string[] {
  return ['packages', 'services'].flatMap((area) =>
    readdirSync(join(root, area)).flatMap((part) => filesBelow(join(root, area, part, 'src'))),
  )
}

function filesBelow(dir: string): string[] {
  try {
    const entries = readdirSync(dir, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    return files
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .filter((file) => file !== 'packages/schemas/src/topics.ts')
  } catch {
    return []
  }
}

import type { Topic } from './topic.ts'
import { allTopics, deadLetterTopic, topics } from './topics.ts'

/** The service that runs each consumer group. A test holds this complete. */
export const serviceOfGroup: Readonly<Record<string, string>> = {
  dedup: 'dedup',
  'poller-parity': 'poller',
  'conversation-refresh': 'conversation-refresh',
  'conversation-refresh-background': 'conversation-refresh',
  'conversation-snapshot': 'conversation-refresh',
  'knowledge-extract': 'knowledge-graph',
  'knowledge-snapshots': 'knowledge-graph',
  'knowledge-fold': 'knowledge-graph',
  'delivery-request': 'delivery',
  'delivery-processed': 'delivery',
  'delivery-send': 'delivery',
  'poller-events': 'poller',
  'poller-snapshots': 'poller',
  handlers: 'handlers',
}

/** Every service but the console, which reads by no group. */
const services: readonly string[] = ['gateway', ...new Set(Object.values(serviceOfGroup))].sort()

/** Services that read a topic beside its groups: as a table in memory, to build up again what Redis has lost, to know what they wrote, to count. */
const besideGroups: Readonly<Record<string, readonly string[]>> = {
  [topics.events.name]: ['dedup', 'delivery'],
  [topics.rejected.name]: ['poller'],
  [topics.snapshots.name]: ['conversation-refresh'],
  [topics.nodes.name]: ['knowledge-graph'],
  [topics.relationships.name]: ['knowledge-graph'],
  [topics.endpoints.name]: ['delivery'],
  [topics.requested.name]: ['delivery'],
  [topics.endpointStates.name]: ['delivery'],
  [topics.attempts.name]: ['delivery'],
  [topics.modes.name]: ['dedup', 'poller'],
  [topics.positions.name]: ['poller'],
}

/** Which keys there are, and what was erased: read by whoever reads or writes records that are encrypted, when Redis does not know. */
const encryption: readonly Topic<unknown>[] = [topics.keys, topics.erasures] as unknown as readonly Topic<unknown>[]

/** What the ledger is not made of. The console may read it all the same: people look at records. */
const outsideLedger: ReadonlySet<string> = new Set([
  topics.received.name,
  topics.refreshes.name,
  topics.observations.name,
])

/** Services that read a topic in no lasting group. @param topic its name */
export function readersBesideGroups(topic: string): readonly string[] {
  if (named(encryption).includes(topic)) return [...services, 'console']
  const some = besideGroups[topic] ?? []
  return outsideLedger.has(topic) ? some : [...some, 'console']
}

/** Groups whose output and offsets are one transaction, under transactional ids `GROUP.…`. */
const transactionalGroups: readonly string[] = [
  'dedup',
  'conversation-snapshot',
  'knowledge-extract',
  'knowledge-snapshots',
  'knowledge-fold',
  'delivery-request',
  'delivery-processed',
]

/** Groups of others whose progress a service looks at. */
const watchedGroups: Readonly<Record<string, readonly string[]>> = { poller: ['dedup'] }

/** Dead letters, replays and tests of an endpoint are put here by people, through the console or the command line. */
const steered: readonly Topic<never>[] = [
  topics.received,
  topics.replays,
  topics.refreshes,
  topics.observations,
  topics.requested,
] as unknown as readonly Topic<never>[]

export type KafkaOperation = 'Read' | 'Write' | 'Describe' | 'DescribeConfigs' | 'Create' | 'Delete'

/** What a user may do with one resource, or with all whose names begin so. */
export interface KafkaRight {
  readonly resource: 'topic' | 'group' | 'transactional-id'
  readonly name: string
  readonly isPrefix: boolean
  readonly operations: readonly KafkaOperation[]
}

/** One user of a service, and no right more than its code uses. */
export interface KafkaUser {
  readonly name: string
  readonly rights: readonly KafkaRight[]
}

/** Where Kafka itself keeps commits and transactions, in every installation the same: `millrace doctor` looks at their replicas. */
const INTERNAL = ['__consumer_offsets', '__transaction_state']
const doctors: readonly string[] = ['doctor', 'toolbox', 'cli']

/** Groups of one member that never commit: whole reads and tables (packages/kafka). */
const OWN_GROUPS = ['reader.', 'table.']

/**
 * The users that services, hooks and tools log in to Kafka as, with what each must be allowed. Reading and writing include describing.
 * @param prefix KAFKA_PREFIX
 */
export function kafkaUsers(prefix = ''): KafkaUser[] {
  const all = allTopics().map(({ name }) => name)
  return [
    ...services.map((service) => userOf(service)),
    { name: 'console', rights: steering('console') },
    { name: 'cli', rights: [...steering('cli'), ...on('topic', all, ['Create', 'DescribeConfigs'])] },
    { name: 'toolbox', rights: looking(all) },
    // Hooks of an installation: topics and nothing in them.
    { name: 'setup', rights: on('topic', all, ['Create', 'Describe', 'DescribeConfigs']) },
    { name: 'doctor', rights: on('topic', all, ['Describe', 'DescribeConfigs']) },
    {
      name: 'keda',
      rights: [...on('topic', all, ['Describe']), ...on('group', Object.keys(serviceOfGroup), ['Describe'])],
    },
  ].map(({ name, rights }) => ({
    name,
    rights: merged([
      ...rights.map((right) => ({ ...right, name: prefix + right.name })),
      ...(doctors.includes(name) ? on('topic', INTERNAL, ['Describe', 'DescribeConfigs']) : []),
    ]),
  }))
}

/** What a service may do by the registry, and by the tables above. */
function userOf(service: string): KafkaUser {
  const own = Object.values(topics) as unknown as Topic<unknown>[]
  const groups = Object.keys(serviceOfGroup).filter((group) => serviceOfGroup[group] === service)
  const isOwn = (group: string) => groups.includes(group)
  const whole = Object.keys(besideGroups).filter((topic) => besideGroups[topic]?.includes(service))
  const consumed = own.filter((topic) => topic.groups.some(isOwn))
  const dead = consumed.flatMap((topic) =>
    topic.groups.filter(isOwn).map((group) => deadLetterTopic(topic, group).name),
  )
  return {
    name: service,
    rights: [
      ...on('topic', named(own.filter(({ writers }) => writers.includes(service))), ['Write']),
      ...on('topic', [...named(consumed), ...whole, ...named(encryption)], ['Read']),
      ...on('topic', dead, ['Write']),
      ...on('group', groups, ['Read']),
      ...on('group', watchedGroups[service] ?? [], ['Describe']),
      ...under(
        'transactional-id',
        groups.filter((group) => transactionalGroups.includes(group)).map((group) => `${group}.`),
        ['Write'],
      ),
      ...under('group', OWN_GROUPS, ['Read', 'Delete']),
      ...(service === 'handlers' ? teamsOwn() : []),
    ],
  }
}

/** Further groups of handlers (`HANDLERS_GROUP=handlers-NAME`), whose dead-letter topics they make themselves. */
function teamsOwn(): KafkaRight[] {
  const sources = [topics.events, topics.replays] as unknown as readonly Topic<unknown>[]
  const dead = sources.map((source) => deadLetterTopic(source, 'handlers-').name)
  return [...under('group', ['handlers-'], ['Read']), ...under('topic', dead, ['Create', 'Write', 'DescribeConfigs'])]
}

/** Reads everything, writes what people steer by, puts dead letters back and marks them. */
function steering(user: string): KafkaRight[] {
  const every = allTopics()
  const own = every.filter(({ writers }) => writers.includes(user))
  const dead = every.filter(({ name }) => name.includes('.dlq.'))
  return [
    ...on('topic', named(every), ['Read']),
    ...on(
      'topic',
      [...named(own), ...named(steered as unknown as readonly Topic<unknown>[]), ...named(dead)],
      ['Write'],
    ),
    ...on('group', Object.keys(serviceOfGroup), ['Describe']),
    ...under('group', OWN_GROUPS, ['Read', 'Delete']),
  ]
}

/** The command line beside a console, which it asks for what changes something: it looks at everything, and hands in what a backfill reads. */
function looking(all: readonly string[]): KafkaRight[] {
  return [
    ...on('topic', all, ['Read', 'DescribeConfigs']),
    ...on('topic', [topics.received.name, topics.keys.name], ['Write']),
    ...on('group', Object.keys(serviceOfGroup), ['Describe']),
    ...under('group', OWN_GROUPS, ['Read', 'Delete']),
  ]
}

const named = (some: readonly Topic<unknown>[]) => some.map(({ name }) => name)

const on = (resource: KafkaRight['resource'], names: readonly string[], operations: readonly KafkaOperation[]) =>
  names.map((name) => ({ resource, name, isPrefix: false, operations }))

const under = (resource: KafkaRight['resource'], names: readonly string[], operations: readonly KafkaOperation[]) =>
  names.map((name) => ({ resource, name, isPrefix: true, operations }))

/** One right a resource, in order of kind and name. */
function merged(rights: readonly KafkaRight[]): KafkaRight[] {
  const found = Map.groupBy(rights, ({ resource, name, isPrefix }) => `${resource} ${isPrefix} ${name}`)
  return Array.from(found.values(), ([first, ...others]) => ({
    ...(first as KafkaRight),
    operations: [...new Set([first as KafkaRight, ...others].flatMap(({ operations }) => operations))].sort(),
  })).sort((a, b) => compare(a.resource, b.resource) || compare(a.name, b.name))
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

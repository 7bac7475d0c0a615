import { type KafkaRight, type KafkaUser, kafkaUsers } from '@millrace/schemas'
import { stringify } from 'yaml'
import { command } from './command.ts'
import { CliError } from './errors.ts'
import { readCliSettings } from './settings.ts'
import { textTable } from './table.ts'

const formats = ['table', 'json', 'strimzi', 'commands'] as const

/** `acls`: the users of Kafka and the rights that each needs, without asking a broker. */
export const acls = command({
  name: 'acls',
  takes: [],
  summary: 'Show the Kafka users of all services, with the rights that each needs and no more.',
  details: [
    'It asks no broker. Names begin with KAFKA_PREFIX. --format strimzi gives KafkaUser resources (kubectl apply -f), --format commands the calls of kafka-acls.sh.',
    'Users: one a service, `setup` (hooks of an installation), `doctor`, `keda`, `toolbox` (operators beside a console), and `cli` (operators without one).',
  ].join('\n'),
  options: {
    format: { type: 'string', value: 'FORMAT', doc: `One of ${formats.join(', ')} (table).` },
    'user-prefix': { type: 'string', value: 'TEXT', doc: 'Stands before every user’s name (millrace-).' },
    cluster: { type: 'string', value: 'NAME', doc: 'Strimzi: the Kafka resource that the users belong to (millrace).' },
    user: { type: 'list', value: 'NAME', doc: 'Only this user; may be given several times.' },
  },
  async run({ options }, terminal) {
    const { format = 'table', cluster = 'millrace', 'user-prefix': userPrefix = 'millrace-', user: only } = options
    const all = kafkaUsers(readCliSettings().kafkaPrefix)
    const unknown = only?.find((name) => all.every((user) => user.name !== name))
    if (unknown !== undefined)
      throw new CliError(
        'MR_CLI_USAGE',
        `there is no user ${unknown}; there are ${all.map(({ name }) => name).join(', ')}`,
      )
    const users = all
      .filter(({ name }) => only === undefined || only.includes(name))
      .map(({ name, rights }) => ({ name: userPrefix + name, rights }))
    for (const line of written(users, format, cluster)) terminal.line(line)
    return 0
  },
})

function written(users: readonly KafkaUser[], format: string, cluster: string): string[] {
  switch (format) {
    case 'table':
      return [table(users)]
    case 'json':
      return users.map((user) => JSON.stringify(user))
    case 'strimzi':
      return users.map((user) => `---\n${stringify(strimziUser(user, cluster), { lineWidth: 0 }).trimEnd()}`)
    case 'commands':
      return users.flatMap(({ name, rights }) => rights.map((right) => commandOf(name, right)))
    default:
      throw new CliError('MR_CLI_USAGE', `--format is one of ${formats.join(', ')}, not ${format}`)
  }
}

function table(users: readonly KafkaUser[]): string {
  const rows = users.flatMap(({ name, rights }) =>
    rights.map((right) => [
      name,
      right.resource,
      `${right.name}${right.isPrefix ? '*' : ''}`,
      right.operations.join(', '),
    ]),
  )
  return textTable(['USER', 'RESOURCE', 'NAME', 'MAY'], rows)
}

const strimziResource = { topic: 'topic', group: 'group', 'transactional-id': 'transactionalId' } as const

/** https://strimzi.io/docs/operators/latest/configuring.html#type-KafkaUser-reference */
function strimziUser({ name, rights }: KafkaUser, cluster: string) {
  return {
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'KafkaUser',
    metadata: { name, labels: { 'strimzi.io/cluster': cluster } },
    spec: {
      authentication: { type: 'scram-sha-512' },
      authorization: {
        type: 'simple',
        acls: rights.map(({ resource, name: resourceName, isPrefix, operations }) => ({
          resource: {
            type: strimziResource[resource],
            name: resourceName,
            patternType: isPrefix ? 'prefix' : 'literal',
          },
          operations,
        })),
      },
    },
  }
}

/** As `kafka-acls.sh` of Apache Kafka takes them; where the brokers are, its caller adds. */
function commandOf(user: string, { resource, name, isPrefix, operations }: KafkaRight): string {
  const pattern = isPrefix ? ' --resource-pattern-type prefixed' : ''
  const asked = operations.map((operation) => `--operation ${operation}`).join(' ')
  return `kafka-acls.sh --add --allow-principal User:${user} --${resource} ${name}${pattern} ${asked}`
}

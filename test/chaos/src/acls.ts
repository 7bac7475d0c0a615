// Every service as a Kafka user of its own, with the rights that `millrace acls` gives it, on a real broker that denies everything else: nothing that services do is denied, and what others do is refused.
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Report, root, startReport, startStack } from '@millrace/local'
import { type KafkaRight, type KafkaUser, kafkaUsers, topics } from '@millrace/schemas'
import { withRedis } from '@millrace/service-kit'
import {
  type Deployment,
  deployedServices,
  generateEvents,
  postInOrder,
  quietLog,
  runDeployment,
  startPostgres,
  waitFor,
} from '@millrace/test-support'
import kafkajs from 'kafkajs'
import { clientOf, type GuardedKafka, startGuardedKafka } from './acls/guarded-kafka.ts'

const EVENTS = Number(process.env.CHAOS_EVENTS ?? 300)
const RATE = 30
const PREFIX = 'guarded.'
const USER = 'millrace-'
const SETTLE_MS = 180_000
const TYPE = 'comment.added'
const handlers = `import { on } from '@millrace/handlers'
on('${TYPE}', async (event, ctx) => void (await ctx.emit('seen', { of: event.event_id })))
`

const report = startReport('chaos acls')
const users = kafkaUsers(PREFIX)
const kafka = await startGuardedKafka(
  join(report.dir, 'kafka'),
  users.map(({ name }) => USER + name),
  report.say,
)
// For its Redis; nothing logs in to its Kafka.
const stack = await startStack({ dir: join(report.dir, 'stack'), say: report.say })
const postgres = await startPostgres()
let deployment: Deployment | undefined
try {
  await grant(kafka, users)
  report.figure('users', users.length)
  report.figure(
    'rights',
    users.reduce((sum, { rights }) => sum + rights.length, 0),
  )
  deployment = await runDeployment({
    brokers: kafka.broker,
    redisUrl: stack.redisUrl,
    databaseUrl: await postgres.createDatabase(),
    prefix: PREFIX,
    handlers,
    requestsPerMinute: 1_000_000,
    readyWithinMs: SETTLE_MS,
    env: {
      ...loginOf('cli'),
      POLLER_INTERVAL_MS: '1000',
      POLLER_RECONCILE_MS: '10000',
      POLLER_GRACE_MS: '2000',
      DELIVERY_ENDPOINT_PER_MINUTE: '100000',
    },
    envOf: Object.fromEntries(deployedServices.map((name) => [name, name === 'mcp' ? {} : loginOf(name)])),
  })
  report.note('every service is ready')
  await work(deployment, report)
  await refuse(kafka, report)
} finally {
  await deployment?.stop()
  await postgres.stop()
  await stack.stop()
  await kafka.stop()
}
await report.finish()

function loginOf(user: string): Record<string, string> {
  return {
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: USER + user,
    KAFKA_SASL_PASSWORD: kafka.passwords.get(USER + user) ?? '',
  }
}

async function grant({ admin }: GuardedKafka, all: readonly KafkaUser[]): Promise<void> {
  const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs
  const kinds = {
    topic: AclResourceTypes.TOPIC,
    group: AclResourceTypes.GROUP,
    'transactional-id': AclResourceTypes.TRANSACTIONAL_ID,
  }
  const operations = {
    Read: AclOperationTypes.READ,
    Write: AclOperationTypes.WRITE,
    Create: AclOperationTypes.CREATE,
    Delete: AclOperationTypes.DELETE,
    Describe: AclOperationTypes.DESCRIBE,
    DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
  }
  const entryOf = (user: string, { resource, name, isPrefix }: KafkaRight, operation: keyof typeof operations) => ({
    resourceType: kinds[resource],
    resourceName: name,
    resourcePatternType: isPrefix ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
    principal: `User:${USER}${user}`,
    host: '*',
    operation: operations[operation],
    permissionType: AclPermissionTypes.ALLOW,
  })
  const acl = all.flatMap(({ name, rights }) =>
    rights.flatMap((right) => right.operations.map((operation) => entryOf(name, right, operation))),
  )
  await admin.createAcls({ acl })
}

/** All that services do: receive, derive, deliver, compare, show, redrive, start again, and build up what Redis lost. */
async function work(
  { system, gatewayUrl, consoleUrl, adminToken, replicas }: Deployment,
  { note, progress, figure }: Report,
): Promise<void> {
  /** A machine that is busy answers the console's questions too late now and then. */
  const surely = (...command: readonly string[]) =>
    waitFor(
      () =>
        system.millrace(...command).then(
          () => true,
          () => false,
        ),
      { what: command.join(' '), deadlineMs: SETTLE_MS, everyMs: 1_000 },
    )
  await surely('mode', 'front', 'parallel')
  await surely('endpoints', 'add', system.receiver.url, '--types', TYPE, '--secret', system.endpointSecret)
  const url = `${gatewayUrl}/api/webhooks/front`
  const post = async (seed: number) => {
    const { events } = generateEvents({ seed, count: EVENTS, conversations: 30, duplicateRatio: 0.1 })
    const onProgress = ({ acknowledged }: { acknowledged: number }) => progress(`${acknowledged} webhooks acknowledged`)
    await postInOrder({ url, secret: system.webhookSecret, rate: RATE, posts: events, onProgress })
  }
  const seen = async () => {
    const answer = await fetch(`${consoleUrl}/api/v1/tenants/default/overview`, {
      headers: { authorization: `Bearer ${adminToken}` },
    })
    return JSON.stringify(await answer.json()).length
  }
  await post(1)
  await waitFor(() => system.receiver.requests().length > 0, { what: 'a delivery', deadlineMs: SETTLE_MS })
  figure('the console answers of all this', await seen(), { atLeast: 100 })
  const doctor = await system.millrace('doctor', '--json').catch((error: { stdout?: string }) => error.stdout ?? '')
  figure('doctor finds topics as in the registry', Number(/"part":"topics","state":"ok"/.test(doctor)), { exactly: 1 })

  // As operators do it in a cluster: beside the console, which they ask for what changes something.
  const env = {
    PATH: process.env.PATH ?? '',
    NODE_ENV: 'test',
    ...system.env,
    MILLRACE_CONSOLE_URL: consoleUrl,
    MILLRACE_CONSOLE_TOKEN: adminToken,
    ...loginOf('toolbox'),
  }
  const toolbox = (...args: readonly string[]) =>
    promisify(execFile)(process.execPath, [join(root, 'packages/cli/src/main.ts'), ...args], { cwd: tmpdir(), env })
  const looks = [
    ['topics', '--json'],
    ['mode', 'front'],
    ['parity', 'front', '--since', '1h'],
    ['audit', 'verify'],
    ['deliveries', 'list', '--since', '1h'],
    ['tail', 'events', '--from', 'beginning', '--count', '1'],
    ['backfill', 'front', '--since', '1h', '--yes'],
  ] as const
  // 3 is the verdict "not safe" of parity.
  const failed = await Promise.all(
    looks.map((command) =>
      toolbox(...command).then(
        () => [],
        (error: { code?: number; stderr?: string }) =>
          error.code === 3 ? [] : [`${command.join(' ')}: ${error.stderr?.slice(0, 300)}`],
      ),
    ),
  )
  for (const one of failed.flat()) note(one)
  figure('commands of the toolbox that fail', failed.flat().length, { exactly: 0 })

  note('Redis loses everything')
  await withRedis({ redisUrl: stack.redisUrl, redisPrefix: '' }, quietLog, (redis) => redis.flushall())
  const before = system.receiver.requests().length
  await post(2)
  await waitFor(() => system.receiver.requests().length > before, {
    what: 'a delivery after Redis was emptied',
    deadlineMs: SETTLE_MS,
  })

  note('every service starts again')
  for (const name of deployedServices) for (const { service } of replicas(name)) await service.restart()
  const again = system.receiver.requests().length
  await post(3)
  await waitFor(() => system.receiver.requests().length > again, {
    what: 'a delivery after the restarts',
    deadlineMs: SETTLE_MS,
  })
  figure('deliveries', system.receiver.requests().length, { atLeast: 3 })
  const denied = [...new Set(kafka.denials().map((line) => line.replace(/ from host .* on /, ' on ').slice(0, 300)))]
  for (const one of denied.slice(0, 40)) note(one)
  figure('denied to services, of different kinds', denied.length, { exactly: 0 })
}

/** What each must not be able to do. */
async function refuse({ broker, passwords, denials }: GuardedKafka, { note, figure }: Report): Promise<void> {
  const as = (user: string) => clientOf(broker, USER + user, passwords.get(USER + user) ?? '')
  const write = async (user: string, topic: string) => {
    const producer = as(user).producer({ allowAutoTopicCreation: false })
    await producer.connect()
    await producer
      .send({ topic: PREFIX + topic, messages: [{ key: 'a', value: 'b' }] })
      .finally(() => producer.disconnect())
  }
  const offsets = async (user: string, group: string, topic: string) => {
    const admin = as(user).admin()
    await admin.connect()
    await admin.fetchOffsets({ groupId: PREFIX + group, topics: [PREFIX + topic] }).finally(() => admin.disconnect())
  }
  const make = async (user: string) => {
    const admin = as(user).admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'others.v1', numPartitions: 1 }] }).finally(() => admin.disconnect())
  }
  const fence = async (user: string, id: string) => {
    const producer = as(user).producer({ transactionalId: PREFIX + id, idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    await producer.transaction().finally(() => producer.disconnect())
  }
  const attempts: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['the gateway writes an event', () => write('gateway', topics.events.name)],
    ['delivery writes what came in', () => write('delivery', topics.received.name)],
    ['handlers write the audit', () => write('handlers', topics.audit.name)],
    ['a hook writes an endpoint', () => write('setup', topics.endpoints.name)],
    ['the gateway looks at a group', () => offsets('gateway', 'dedup', topics.received.name)],
    ['delivery fences dedup', () => fence('delivery', `dedup.${topics.received.name}.0`)],
    ['a hook makes a topic of others', () => make('setup')],
    ['the command line makes a topic of others', () => make('cli')],
    ['the toolbox writes an endpoint beside the console', () => write('toolbox', topics.endpoints.name)],
    ['the toolbox makes a topic', () => make('toolbox')],
  ]
  for (const [what, attempt] of attempts) {
    denials()
    const outcome = await attempt().then(
      () => 'it was done',
      (error: Error) => error.message,
    )
    // The broker's own word: the client wraps it in words of its own.
    const isDenied = outcome !== 'it was done' && denials().length > 0
    if (!isDenied) note(`${what}: ${outcome}`)
    figure(`refused: ${what}`, Number(isDenied), { exactly: 1 })
  }
  // KEDA reads how far each group is.
  await offsets('keda', 'dedup', topics.received.name)
  figure('KEDA sees how far dedup is', 1, { exactly: 1 })
}

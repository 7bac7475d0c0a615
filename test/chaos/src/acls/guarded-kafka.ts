import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fetchJars, findJava, freePort, type Say, spawnGuarded } from '@millrace/local'
import { waitFor } from '@millrace/test-support'
import kafkajs, { type Admin, Kafka } from 'kafkajs'

/** A broker that lets nobody in without a password and to nothing without a right. */
export interface GuardedKafka {
  readonly broker: string
  /** Password of each user. */
  readonly passwords: ReadonlyMap<string, string>
  readonly admin: Admin
  /** What was denied since the last call: one line of the broker's own log each. */
  denials(): string[]
  stop(): Promise<void>
}

const ADMIN = 'admin'
const MECHANISM = 'SCRAM-SHA-512'
const run = promisify(execFile)

/** Apache Kafka with SASL/SCRAM, its StandardAuthorizer, and `users` of whom none may do anything yet. */
export async function startGuardedKafka(directory: string, users: readonly string[], say: Say): Promise<GuardedKafka> {
  mkdirSync(directory, { recursive: true })
  const { java, maven } = await findJava()
  const jars = join(await fetchJars(maven, say), 'lib')
  const classPath = readdirSync(jars)
    .map((jar) => join(jars, jar))
    .join(':')
  const passwords = new Map([ADMIN, ...users].map((user) => [user, randomBytes(18).toString('hex')]))
  const [port, controllerPort] = [await freePort(), await freePort()]
  const settings = join(directory, 'server.properties')
  writeFileSync(settings, serverProperties({ directory, port, controllerPort, password: passwords.get(ADMIN) ?? '' }))
  const authorizerLog = join(directory, 'authorizer.log')
  const logging = join(directory, 'log4j2.properties')
  writeFileSync(logging, loggingProperties(authorizerLog))
  const jvm = ['-Xmx512m', `-Dlog4j2.configurationFile=${logging}`, '-cp', classPath]
  const scram = Array.from(passwords, ([name, password]) => [
    '--add-scram',
    `${MECHANISM}=[name=${name},password=${password}]`,
  ])
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A')
  await run(java, [...jvm, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', settings, ...scram.flat()])
  const output = openSync(join(directory, 'console.log'), 'a')
  const child = spawnGuarded(java, [...jvm, 'kafka.Kafka', settings], {
    cwd: directory,
    stdio: ['ignore', output, output],
  })
  const broker = `127.0.0.1:${port}`
  const admin = clientOf(broker, ADMIN, passwords.get(ADMIN) ?? '').admin({ retry: { retries: 0 } })
  await waitFor(
    () =>
      admin.connect().then(
        () => true,
        () => false,
      ),
    { what: `the broker (${directory})`, deadlineMs: 120_000, everyMs: 500 },
  )
  let read = 0
  return {
    broker,
    passwords,
    admin,
    denials() {
      const lines = readFileSync(authorizerLog, 'utf8')
        .split('\n')
        .filter((line) => line.includes(' is Denied '))
      const fresh = lines.slice(read)
      read = lines.length
      return fresh
    },
    async stop() {
      await admin.disconnect().catch(() => {})
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** A client as `user`, which does not try again what was denied. */
export function clientOf(broker: string, user: string, password: string): Kafka {
  const sasl = { mechanism: 'scram-sha-512' as const, username: user, password }
  return new Kafka({
    clientId: 'acls',
    brokers: [broker],
    sasl,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 4 },
  })
}

interface Place {
  readonly directory: string
  readonly port: number
  readonly controllerPort: number
  readonly password: string
}

function serverProperties({ directory, port, controllerPort, password }: Place): string {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `CLIENTS://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `CLIENTS://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'CLIENTS',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,CLIENTS:SASL_PLAINTEXT',
    'sasl.enabled.mechanisms': MECHANISM,
    'sasl.mechanism.inter.broker.protocol': MECHANISM,
    'listener.name.clients.scram-sha-512.sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="${ADMIN}" password="${password}";`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    // The controller's own listener is on loopback and has no login.
    'super.users': `User:${ADMIN};User:ANONYMOUS`,
    'allow.everyone.if.no.acl.found': false,
    'auto.create.topics.enable': false,
    'log.dirs': join(directory, 'data'),
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'log.cleaner.dedupe.buffer.size': 33_554_432,
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/** The authorizer tells each denial at INFO. */
function loggingProperties(file: string): string {
  return `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %c %m%n
appender.denials.type = File
appender.denials.name = denials
appender.denials.fileName = ${file}
appender.denials.layout.type = PatternLayout
appender.denials.layout.pattern = %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
logger.authorizer.name = kafka.authorizer.logger
logger.authorizer.level = info
logger.authorizer.additivity = false
logger.authorizer.appenderRef.denials.ref = denials
`
}

import type { Network, StartedTestContainer } from 'testcontainers'
import type { NamedServers } from './addresses.ts'
import { sharedBrokerSettings } from './broker-settings.ts'
import { images } from './docker-ready.ts'
import { LocalError } from './errors.ts'
import { foreignServer } from './foreign-server.ts'
import { kafkaAnswers, newClusterId } from './kafka.ts'
import { freePort } from './ports.ts'
import { redisAnswers } from './redis.ts'
import type { Server } from './server.ts'
import type { Servers, StackOptions } from './stack.ts'
import { until } from './wait.ts'

/** Kafka and Redis in containers of this machine's Docker. Their data ends with them. */
export async function dockerServers(options: StackOptions, named: NamedServers): Promise<Servers> {
  process.env.RYUK_CONTAINER_IMAGE ??= images.reaper
  const redisPort = options.redisPort ?? (await freePort())
  const [kafka, redis] = await Promise.all([
    named.brokers ? { brokers: named.brokers, nodes: [foreignServer('Kafka')] as const } : startKafka(options),
    named.redisUrl ? foreignServer('Redis') : startRedis(redisPort),
  ])
  return {
    brokers: kafka.brokers,
    nodes: [...kafka.nodes],
    redis,
    redisUrl: named.redisUrl ?? `redis://127.0.0.1:${redisPort}`,
    how: `${images.kafka} and ${images.redis} in Docker (their data goes when they stop)`,
  }
}

async function startKafka(options: StackOptions): Promise<Pick<Servers, 'brokers' | 'nodes'>> {
  const { Network } = await import('testcontainers')
  const network = await new Network().start()
  const clusterId = newClusterId()
  const ports = [options.kafkaPort ?? (await freePort())]
  while (ports.length < (options.brokers ?? 1)) ports.push(await freePort())
  const [first, ...others] = await Promise.all(
    ports.map((port, index) => startBroker({ node: index + 1, port, clusterId, network })),
  )
  if (!first) throw new RangeError('a cluster has at least one broker')
  return { brokers: ports.map((port) => `127.0.0.1:${port}`), nodes: [first, ...others] }
}

interface BrokerPlace {
  readonly node: number
  readonly port: number
  readonly clusterId: string
  readonly network: Awaited<ReturnType<Network['start']>>
}

async function startBroker(place: BrokerPlace): Promise<Server> {
  const { GenericContainer } = await import('testcontainers')
  const container = await new GenericContainer(images.kafka)
    .withNetwork(place.network)
    .withNetworkAliases(`kafka-${place.node}`)
    .withExposedPorts({ container: 9092, host: place.port })
    .withEnvironment(brokerEnvironment(place))
    .start()
  return containerServer(`Kafka broker ${place.node}`, container, () => kafkaAnswers('127.0.0.1', place.port))
}

/** The image makes a setting of each variable: `KAFKA_NODE_ID` is `node.id`. */
function brokerEnvironment({ node, port, clusterId }: BrokerPlace): Record<string, string> {
  const controller = node === 1 ? ',CONTROLLER://:9093' : ''
  const settings: Record<string, string | number | boolean> = {
    'process.roles': node === 1 ? 'broker,controller' : 'broker',
    'node.id': node,
    'controller.quorum.voters': '1@kafka-1:9093',
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://:9092,INTERNAL://:9094${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},INTERNAL://kafka-${node}:9094`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT',
    'inter.broker.listener.name': 'INTERNAL',
    ...sharedBrokerSettings,
  }
  const entries = Object.entries(settings).map(([name, value]) => [
    `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`,
    String(value),
  ])
  return { ...Object.fromEntries(entries), CLUSTER_ID: clusterId, KAFKA_HEAP_OPTS: '-Xms128m -Xmx512m' }
}

async function startRedis(port: number): Promise<Server> {
  const { GenericContainer } = await import('testcontainers')
  const container = await new GenericContainer(images.redis)
    .withExposedPorts({ container: 6379, host: port })
    .withCommand(['redis-server', '--maxmemory-policy', 'noeviction', '--appendonly', 'yes', '--save', ''])
    .start()
  return containerServer('Redis', container, () => redisAnswers('127.0.0.1', port))
}

async function containerServer(
  name: string,
  started: StartedTestContainer,
  isReady: () => Promise<boolean>,
): Promise<Server> {
  const { getContainerRuntimeClient } = await import('testcontainers')
  const container = (await getContainerRuntimeClient()).container.getById(started.getId())
  const waitUntilReady = async (): Promise<void> => {
    if (await until(isReady, { deadlineMs: 60_000, everyMs: 100 })) return
    throw new LocalError(
      'MR_LOCAL_SERVER_DOWN',
      `${name} in container ${started.getName()} did not answer within 60 s.`,
    )
  }
  const isRunning = async (): Promise<boolean> => (await container.inspect()).State.Running
  const server: Server = {
    name,
    pid: undefined,
    async start() {
      if (!(await isRunning())) await container.start()
      await waitUntilReady()
    },
    async stop() {
      if (await isRunning()) await container.stop({ t: 10 })
    },
    async kill() {
      if (await isRunning()) await container.kill()
    },
    async restart() {
      await server.stop()
      await server.start()
    },
  }
  await waitUntilReady()
  return server
}

export interface BrokerPlace {
  readonly node: number
  /** How many brokers the cluster has. Node 1 is also its controller. */
  readonly brokers: number
  readonly port: number
  readonly controllerPort: number
  readonly dataDir: string
}

/** The server.properties of one broker on 127.0.0.1. */
export function brokerSettings(place: BrokerPlace): string {
  const isController = place.node === 1
  const client = `PLAINTEXT://127.0.0.1:${place.port}`
  const settings = {
    'process.roles': isController ? 'broker,controller' : 'broker',
    'node.id': place.node,
    'controller.quorum.voters': `1@127.0.0.1:${place.controllerPort}`,
    listeners: isController ? `${client},CONTROLLER://127.0.0.1:${place.controllerPort}` : client,
    'advertised.listeners': client,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': place.dataDir,
    ...sharedBrokerSettings,
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/** What the native broker and the one in a container have in common. */
export const sharedBrokerSettings = {
  // Topics come from the registry with their own settings; a typing error must not create one.
  'auto.create.topics.enable': false,
  // One replica is all that one broker can hold; few partitions make the start and every join quick.
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 4,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'transaction.state.log.num.partitions': 4,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
  'share.coordinator.state.topic.num.partitions': 1,
  // A group of a laptop has all its members at once; tests use sessions shorter than the default minimum of 6 s.
  'group.initial.rebalance.delay.ms': 0,
  'group.min.session.timeout.ms': 1_000,
  // Abandoned transactions end a second after their timeout; the default looks every 10 s.
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 1_000,
  // A killed broker cannot come back before its old session is over; the default is 9 s.
  'broker.session.timeout.ms': 3_000,
  'broker.heartbeat.interval.ms': 500,
  'num.network.threads': 2,
  'num.io.threads': 4,
  // The default of 128 MB is a quarter of the heap given here.
  'log.cleaner.dedupe.buffer.size': 32 * 1024 * 1024,
  'replica.fetch.max.bytes': 8 * 1024 * 1024,
} as const

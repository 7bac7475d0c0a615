import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { connectKafka, type Kafka } from '@millrace/kafka'
import { type Report, type Stack, startStack } from '@millrace/local'
import { topics } from '@millrace/schemas'
import {
  type Deployment,
  type KafkaProxy,
  type PostgresServer,
  quietLog,
  type Receiver,
  runDeployment,
  type ServiceProcess,
  startKafkaProxy,
  startPostgres,
  startReceiver,
  startTlsEdge,
  type TlsEdge,
} from '@millrace/test-support'
import { insist } from '../insist.ts'
import { type BaseLoad, startBaseLoad } from './base-load.ts'
import { createObedientHandler, type ObedientHandler } from './obedient-handler.ts'
import { createSourcesFile, type SourcesFile } from './sources-file.ts'

/** A whole installation on this machine of which every part can be made to fail. */
export interface Installation {
  /** Two brokers; the second may be stopped without the cluster's controller. */
  readonly stack: Stack
  /** Between the services and the brokers. */
  readonly wire: KafkaProxy
  /** Past the proxy. */
  readonly kafka: Kafka
  readonly postgres: PostgresServer
  readonly deployment: Deployment
  /** A second customer, of whom drills make what they need. The system's own receiver stays well. */
  readonly customer: Receiver
  readonly customerId: string
  readonly sources: SourcesFile
  readonly handler: ObedientHandler
  readonly edge: TlsEdge
  readonly load: BaseLoad
  /** The one replica of a service. */
  service(name: Parameters<Deployment['replicas']>[0]): ServiceProcess
  stop(): Promise<void>
}

/** A minute of the rules, of what deliveries wait for and of the poller’s period takes a second. */
export const FACTOR = 60
const PREFIX = 'drill.'
const READY_WITHIN_MS = 180_000

export async function startInstallation(report: Report): Promise<Installation> {
  const stack = await startStack({ dir: join(report.dir, 'stack'), brokers: 2, isLongRun: true, say: report.say })
  const closers: (() => Promise<unknown>)[] = [() => stack.stop()]
  const stop = async () => {
    for (const close of closers.splice(0).toReversed()) await close()
  }
  try {
    const brokers = stack.brokers.split(',')
    const wire = await startKafkaProxy(brokers)
    closers.push(() => wire.close())
    const postgres = await startPostgres()
    closers.push(() => postgres.stop())
    const kafka = connectKafka({ brokers, clientId: 'drill', log: quietLog, prefix: PREFIX })
    closers.push(() => kafka.close())
    // With one replica only, so that a stopped broker takes partitions of it away altogether.
    await kafka.ensureTopics([topics.attempts], { eventPartitions: 4, replication: 1 })
    const directory = join(report.dir, 'files')
    mkdirSync(directory, { recursive: true })
    const sources = createSourcesFile(join(directory, 'sources.yaml'))
    const handler = createObedientHandler(join(directory, 'handler.json'))
    const edge = await startTlsEdge(join(directory, 'authorities.pem'))
    closers.push(() => edge.close())
    report.progress('starting every service')
    const deployment = await runDeployment({
      brokers: wire.brokers.join(','),
      redisUrl: stack.redisUrl,
      prefix: PREFIX,
      databaseUrl: await postgres.createDatabase(),
      handlers: handler.text,
      readyWithinMs: READY_WITHIN_MS,
      front: { callsPerMinute: 6_000 },
      env: {
        MILLRACE_SOURCES: sources.file,
        PARTNER_SECRET: sources.partnerSecret,
        ...{ WEBHOOK_BASE_URL: edge.url, NODE_EXTRA_CA_CERTS: edge.caFile },
        KAFKA_REPLICATION: '2',
        ...{ POLLER_INTERVAL_MS: '1000', POLLER_RECONCILE_MS: '5000', POLLER_GRACE_MS: '2000' },
        ...{ DELIVERY_ENDPOINT_PER_MINUTE: '100000', DELIVERY_DELAYS_DIVIDED_BY: String(FACTOR) },
        DELIVERY_TIMEOUT_SECONDS: '5',
        // Longer than any drill: what hangs is not tried again.
        HANDLERS_TIMEOUT_MS: '600000',
      },
    })
    closers.push(() => deployment.stop())
    edge.leadTo(Number(new URL(deployment.gatewayUrl).port))
    const { system } = deployment
    const customer = await startReceiver({ secret: system.endpointSecret })
    closers.push(() => customer.close())
    const add = (url: string, ...more: readonly string[]) =>
      insist(system, 'endpoints', 'add', url, '--types', '*', '--secret', system.endpointSecret, ...more)
    await add(system.receiver.url)
    const customerId = /ep_[\w-]+/.exec(await add(customer.url, '--retries', '1m,1m,1m'))?.[0] ?? ''
    const load = await startBaseLoad(deployment)
    closers.push(() => load.stop())
    const service: Installation['service'] = (name) => {
      const [replica] = deployment.replicas(name)
      if (replica === undefined) throw new Error(`${name} has no replica`)
      return replica.service
    }
    return {
      ...{ stack, wire, kafka, postgres, deployment, edge, load, service, stop },
      ...{ customer, customerId, sources, handler },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Report, startStack } from '@millrace/local'
import {
  type Deployment,
  deployedServices,
  type PrometheusTarget,
  runDeployment,
  startPostgres,
  startTlsEdge,
} from '@millrace/test-support'
import { type SourcesFile, writeSources } from './sources.ts'

export interface Installation {
  readonly deployment: Deployment
  readonly sources: SourcesFile
  readonly targets: readonly PrometheusTarget[]
  stop(): Promise<void>
}

const READY_WITHIN_MS = 180_000
/** So few that somebody has to wait, and two accounts together are refused by a Front that counts them as one. */
const CALLS_PER_MINUTE = 150

/** A team's handler that fails now and then: once more for a while, and for good. */
const handlers = `import { on, permanent, transient } from '@millrace/handlers'
let runs = 0
on('comment.added', async (event, ctx) => {
  runs++
  if (runs % 31 === 0) throw permanent('told to fail')
  if (runs % 7 === 0) throw transient('told to fail for a while')
  await ctx.emit('seen', { of: event.event_id })
})
`

/** Every service of the chart on free ports, with what they need. */
export async function startInstallation(report: Report): Promise<Installation> {
  const closers: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const close of closers.splice(0).toReversed()) await close()
  }
  try {
    report.progress('starting Kafka, Redis and Postgres')
    const stack = await startStack({ dir: join(report.dir, 'stack'), isLongRun: true, say: report.say })
    closers.push(() => stack.stop())
    const postgres = await startPostgres()
    closers.push(() => postgres.stop())
    const directory = join(report.dir, 'files')
    mkdirSync(directory, { recursive: true })
    const sources = writeSources(join(directory, 'sources.yaml'), CALLS_PER_MINUTE)
    const edge = await startTlsEdge(join(directory, 'authorities.pem'))
    closers.push(() => edge.close())
    report.progress('starting every service')
    const deployment = await runDeployment({
      brokers: stack.brokers,
      redisUrl: stack.redisUrl,
      databaseUrl: await postgres.createDatabase(),
      handlers,
      readyWithinMs: READY_WITHIN_MS,
      front: { callsPerMinute: CALLS_PER_MINUTE },
      env: {
        ...sources.env,
        ...{ WEBHOOK_BASE_URL: edge.url, NODE_EXTRA_CA_CERTS: edge.caFile },
        ...{ POLLER_INTERVAL_MS: '5000', POLLER_RECONCILE_MS: '20000', POLLER_GRACE_MS: '2000' },
        ...{ DELIVERY_DELAYS_DIVIDED_BY: '60', DELIVERY_ENDPOINT_PER_MINUTE: '100000' },
      },
    })
    closers.push(() => deployment.stop())
    edge.leadTo(Number(new URL(deployment.gatewayUrl).port))
    const targets = deployedServices.flatMap((job) =>
      deployment.replicas(job).map(({ service }) => ({ job, url: service.adminUrl })),
    )
    return { deployment, sources, targets, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

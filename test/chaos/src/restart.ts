// Rolls out every service anew as the chart does (a new replica is ready before the old one gets SIGTERM), under webhooks, synchronous requests, a living Front, people at the console and a model at mcp, and then counts: nothing lost, nothing doubled, no failed request. --rate 25 --rounds 1; --only SERVICE for some services.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connectKafka } from '@millrace/kafka'
import { type Report, startReport, startStack } from '@millrace/local'
import { type Topic, topics } from '@millrace/schemas'
import {
  createLife,
  type Deployment,
  deployedServices,
  live,
  postInOrder,
  quietLog,
  runDeployment,
  startPostgres,
  waitFor,
} from '@millrace/test-support'
import { checkEvents } from './check-events.ts'
import { countRecords } from './count-records.ts'
import { textTable } from './gateway/text-table.ts'
import { insist } from './insist.ts'
import { askConsole, askForTasks, askModelServer } from './restart/askers.ts'
import { readChartServices } from './restart/chart-values.ts'
import { watchConsumerAges } from './restart/consumer-ages.ts'
import { endlessTraffic } from './restart/endless-traffic.ts'
import type { AskingFigures } from './restart/keep-asking.ts'
import { startLiveReader } from './restart/live-reader.ts'
import { doubled, ledgerEvents, missing, reconcile } from './restart/reconcile.ts'
import { keepLogs, type Replaced, rollOut } from './restart/roll-out.ts'

const { values: args } = parseArgs({
  options: {
    rate: { type: 'string', default: '25' },
    rounds: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true, default: [] },
  },
})
/** Webhooks a second. */
const RATE = Number(args.rate)
const ROUNDS = Number(args.rounds)
const chosen = deployedServices.filter((name) => args.only.length === 0 || args.only.includes(name))
const FRONT_EVENTS_PER_MINUTE = 120
/** Of this type the customer's endpoint gets every event, and the team's handler emits one. */
const DELIVERED_TYPE = 'comment.added'
const EMITTED_TYPE = 'millrace.seen'
const handlers = `import { on } from '@millrace/handlers'
on('${DELIVERED_TYPE}', async (event, ctx) => void (await ctx.emit('seen', { of: event.event_id })))
`
/** Between two services: what the last one left behind is over. */
const PAUSE_MS = 4_000
const SETTLE_WITHIN_MS = 600_000
const READY_WITHIN_MS = 180_000

/** What grows as long as somebody works. */
const derived = (['events', 'refreshes', 'snapshots', 'requested', 'attempts', 'observations', 'nodes'] as const).map(
  (name): Topic<unknown> => topics[name],
)
const none: AskingFigures = { answered: 0, failed: {}, slowestMs: 0 }
const chart = readChartServices()
const report = startReport('chaos restart')
const stack = await startStack({ dir: join(report.dir, 'stack'), isLongRun: true, say: report.say })
const postgres = await startPostgres()
const fresh = { brokers: stack.brokers, redisUrl: stack.redisUrl, databaseUrl: await postgres.createDatabase() }
let deployment: Deployment | undefined
try {
  report.progress('starting every service with the replicas of the chart')
  deployment = await runDeployment({
    ...fresh,
    handlers,
    requestsPerMinute: 1_000_000,
    readyWithinMs: READY_WITHIN_MS,
    replicas: Object.fromEntries(deployedServices.map((name) => [name, chart[name].replicas])),
    envOf: Object.fromEntries(deployedServices.map((name) => [name, filled(chart[name].env ?? {})])),
    env: {
      ...{ POLLER_INTERVAL_MS: '1000', POLLER_RECONCILE_MS: '10000', POLLER_GRACE_MS: '2000', LOG_LEVEL: 'info' },
      ...{ DELIVERY_ENDPOINT_PER_MINUTE: '100000', DELIVERY_ENDPOINT_CONCURRENCY: '50' },
    },
  })
  await prove(deployment, report)
} finally {
  await deployment?.stop()
  await postgres.stop()
  await stack.stop()
}
await report.finish()

async function prove(running: Deployment, { note, progress, figure, dir }: Report): Promise<void> {
  const logs = join(dir, 'logs')
  const { system, gatewayUrl, consoleUrl, adminToken } = running
  const { front, receiver } = system
  await insist(system, 'mode', 'front', 'parallel')
  const endpoint = ['--types', DELIVERED_TYPE, '--secret', system.endpointSecret]
  await insist(system, 'endpoints', 'add', receiver.url, ...endpoint)
  const kafka = connectKafka({
    brokers: stack.brokers.split(','),
    clientId: 'chaos',
    log: quietLog,
    prefix: system.prefix,
  })
  const ages = watchConsumerAges(kafka)
  const reader = startLiveReader({ url: `${consoleUrl}/api/v1/tenants/default/live`, token: adminToken })

  // A Front whose every fifth webhook is lost, so that the poller has something to bring.
  let rolledOut = 'nothing'
  let failedPosts = 0
  const webhookUrl = `${gatewayUrl}/api/webhooks/front`
  await front.webhooks.add({ kind: 'app', url: webhookUrl, secret: system.webhookSecret })
  front.webhooks.trouble({ loses: 0.2 })
  const ending = new AbortController()
  const life = live(createLife(front.world, front.company, { seed: 1, conversations: 100 }), {
    ...{ eventsPerMinute: FRONT_EVENTS_PER_MINUTE, count: Number.MAX_SAFE_INTEGER, signal: ending.signal },
  })
  const traffic = endlessTraffic({ chunk: RATE * 2, conversations: 20, duplicateRatio: 0.1 })
  const posting = postInOrder({
    ...{ url: webhookUrl, secret: system.webhookSecret, rate: RATE, posts: traffic.posts },
    onProgress({ acknowledged, repeated }) {
      failedPosts = repeated
      progress(`${acknowledged} webhooks acknowledged`)
    },
  })
  const during = () => `while ${rolledOut} was rolled out`
  const asked = [
    askForTasks(running, during),
    askConsole(running, during),
    await askModelServer(running, during),
  ] as const
  await sleep(PAUSE_MS * 2)

  const rows: (Replaced & { readonly from: number; readonly until: number })[] = []
  for (let round = 1; round <= ROUNDS; round++) {
    for (const name of chosen) {
      note(`round ${round}: ${name} is rolled out anew`)
      rolledOut = name
      const from = Date.now()
      const failedBefore = failedPosts
      const before = [...running.replicas(name)]
      const replaced = await rollOut(running, name, chart[name])
      keepLogs(logs, name, before)
      await sleep(PAUSE_MS)
      rows.push(...replaced.map((one) => ({ ...one, from, until: Date.now() })))
      if (failedPosts > failedBefore) note(`   ${failedPosts - failedBefore} webhooks were refused or failed meanwhile`)
    }
  }
  rolledOut = 'nothing'
  traffic.end()
  ending.abort()
  await life.catch(() => {})
  const [tasks, pages, models] = await Promise.all(asked.map((one) => one.stop()))
  const posted = await posting
  tell(rows)
  await settle().catch((error: Error) => note(error.message))

  for (const name of deployedServices) keepLogs(logs, name, running.replicas(name))
  progress('counting')
  const found = await reconcile(kafka)
  const own = await checkEvents(kafka, traffic.expected, ({ conversation_id, provider }) => {
    return provider === 'front' && traffic.expected.has(conversation_id ?? '')
  })
  const ledger = await ledgerEvents(consoleUrl, adminToken)
  const listed = front.world.events().map(({ id }) => id)
  const generated = [...traffic.expected.values()].flat()
  const wanted = found.byType.get(DELIVERED_TYPE) ?? []
  const accepted = receiver.requests().filter(({ status }) => status === 200)
  await waitFor(() => missing(found.events.keys(), reader.seen) === 0, {
    ...{ what: 'the last event in the live stream', deadlineMs: 30_000 },
  }).catch((error: Error) => note(error.message))
  await Promise.all([reader.stop(), ages.stop()])

  tellPauses(rows)
  figure('services rolled out', new Set(rows.map(({ service }) => service)).size, { exactly: chosen.length })
  figure('replicas replaced', rows.length)
  figure('replicas that did not end by themselves with 0', rows.filter(({ ended }) => ended !== 0).length, {
    exactly: 0,
  })
  const closest = Math.max(...rows.map(({ drainMs, graceSeconds }) => drainMs / graceSeconds / 10))
  figure('longest drain, % of terminationGracePeriodSeconds', closest, { atMost: 90 })

  figure('webhooks acknowledged', posted.acknowledged)
  figure('webhooks refused or failed', posted.repeated, { exactly: 0 })
  requests('synchronous requests', tasks)
  requests('requests of the console’s API', pages)
  requests('calls of mcp’s tools', models)
  figure('webhooks of the simulated Front that failed', front.webhooks.counts().failed, { exactly: 0 })
  figure('live stream opened again', reader.reconnects())
  figure('live stream not opened', JSON.stringify(reader.failed), { exactly: '{}' })
  figure('live stream: events missed', missing(found.events.keys(), reader.seen), { exactly: 0 })

  figure('events', found.events.size)
  figure('events doubled', doubled(found.events), { exactly: 0 })
  figure('webhooks’ events lost', own.lost, { exactly: 0 })
  figure('order inversions within a conversation', own.inversions, { exactly: 0 })
  figure('events of Front, every fifth only by the poller', listed.length)
  figure('events of Front lost', missing(listed, found.events), { exactly: 0 })
  const { answered = 0 } = tasks ?? {}
  figure('tasks that are no event', answered - (found.byType.get('task.received')?.length ?? 0), { exactly: 0 })
  const unreflected = missing([...generated, ...listed], found.reflected)
  figure('events that no snapshot reflects', unreflected, { exactly: 0 })
  // Snapshots of one moment have one id.
  const ofEvents = new Map([...found.extractions].filter(([id]) => found.events.has(id)))
  figure('events extracted twice into the graph', doubled(ofEvents), { exactly: 0 })
  figure('handled events', wanted.length)
  const emitted = found.byType.get(EMITTED_TYPE) ?? []
  figure('handled events without what the handler emits', wanted.length - emitted.length, { exactly: 0 })
  figure('deliveries not requested', missing(wanted, found.requested), { exactly: 0 })
  figure('deliveries requested twice', doubled(found.requested), { exactly: 0 })
  const ids = accepted.map(({ id }) => id)
  figure('deliveries not accepted', wanted.length - new Set(ids).size, { exactly: 0 })
  figure('deliveries accepted twice', ids.length - new Set(ids).size, { exactly: 0 })
  figure('events not in the ledger', missing(found.events.keys(), ledger), { exactly: 0 })
  figure('events twice in the ledger', doubled(ledger), { exactly: 0 })
  const [slowest] = ages.worst()
  figure('longest pause of a consumer s', (slowest?.ageMs ?? Number.NaN) / 1_000, { atMost: 30 })
  await kafka.close()

  function requests(what: string, { answered, failed, slowestMs }: AskingFigures = none): void {
    figure(what, answered, { atLeast: 10 })
    figure(`${what}: failed`, JSON.stringify(failed), { exactly: '{}' })
    figure(`${what}: slowest ms`, Math.round(slowestMs))
  }

  /** Waits until every service has worked off what is there. */
  async function settle(): Promise<void> {
    let before = -1
    const still = async () => {
      const last = before
      before = await countRecords(kafka, derived)
      const behind = [...ages.behind()].filter(([, left]) => left > 0).map(([group, left]) => `${group} ${left}`)
      progress(`working off: ${before} records made; behind: ${behind.join(', ') || 'nobody'}`)
      return before === last && front.webhooks.counts().open === 0
    }
    await waitFor(still, { what: 'all topics to stop growing', deadlineMs: SETTLE_WITHIN_MS, everyMs: 8_000 })
  }

  function tell(replaced: typeof rows): void {
    console.log(
      textTable(
        ['service', 'new one ready after s', 'old one drained in s', 'of grace s', 'exit'],
        replaced.map((one) => [
          ...[one.service, seconds(one.readyMs), seconds(one.drainMs), String(one.graceSeconds), String(one.ended)],
        ]),
      ),
    )
  }

  function tellPauses(replaced: typeof rows): void {
    const during = (at: number) => replaced.find(({ from, until }) => at >= from && at <= until)?.service
    console.log(
      textTable(
        ['consumer group', 'longest pause s', 'while this was rolled out'],
        ages.worst().map(({ group, ageMs, at }) => [group, seconds(ageMs), during(at) ?? '-']),
      ),
    )
  }
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1)
}

/** Kubernetes takes an empty value for none, as the settings do. */
function filled(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
}

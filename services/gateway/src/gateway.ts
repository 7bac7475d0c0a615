import { setTimeout as delay } from 'node:timers/promises'
import type { Server as TlsServer } from 'node:tls'
import type { Kafka, Log } from '@millrace/kafka'
import {
  type FrontAccountState,
  type ServiceContext,
  ServiceKitError,
  type SettingValues,
  type Source,
} from '@millrace/service-kit'
import type { Meter } from '@opentelemetry/api'
import type { AskedRequests } from './asked-requests.ts'
import { createClientAddress, createProxyTest } from './client-address.ts'
import { type ConnectionGuard, guardConnections } from './connection-guard.ts'
import { createDecide } from './decisions.ts'
import type { WebhookRequest } from './exchange.ts'
import { createRefusalExplainer } from './explain-refusal.ts'
import { createKafkaOutage } from './kafka-outage.ts'
import { createLimits } from './limits.ts'
import { createLoadGuard } from './load-guard.ts'
import { createObserver } from './observe.ts'
import { addPages, pageRoutes } from './pages.ts'
import { createByteBudget } from './read-body.ts'
import { createReceiver } from './receive-webhook.ts'
import type { ReplyDesk } from './reply-desk.ts'
import { createServer } from './server.ts'
import type { settings } from './settings.ts'
import type { SharedCounts } from './shared-counts.ts'
import { createShedder } from './shed-load.ts'
import { createSourceRoutes, type SourceRoutes } from './source-routes.ts'
import { checkToken, statusFor } from './status.ts'
import { createTally } from './tally.ts'
import { createStatusTeller, statusLookAt } from './tell-status.ts'
import { tlsFilesOf, watchTls } from './tls.ts'
import { resetUnread } from './unread-answers.ts'
import { createWebhookLane } from './webhook-lane.ts'

export type GatewaySettings = SettingValues<typeof settings>

export interface GatewayParts {
  readonly kafka: Pick<Kafka, 'send' | 'isReachable' | 'isCongested'>
  readonly desk: ReplyDesk
  readonly asked: AskedRequests
  readonly counts: SharedCounts
  readonly sources: readonly Source[]
  readonly settings: GatewaySettings
  readonly meter: Meter
  readonly log: Log
  readonly version: ServiceContext<GatewaySettings>['version']
  /** Requests a minute of all sources of a tenant; 0 for no limit, as for all when left out. */
  readonly perTenant?: (tenant: string) => number
  /** The last reading of the sources file, for the status page; null where sources come from elsewhere. */
  readonly sourcesFile?: (() => object | null) | undefined
  /** What Front refuses to the accounts' tokens, for the status page. */
  readonly frontAccounts?: (() => Promise<readonly FrontAccountState[] | null>) | undefined
}

export interface Gateway {
  /** From now on these sources; requests in hand keep theirs. */
  useSources(sources: readonly Source[]): void
  /** Resolves with the port. @throws ServiceKitError `MR_SERVICE_PORT_TAKEN` */
  listen(): Promise<number>
  /** Takes requests for `drainMs` more, then finishes those in hand; synchronous callers are sent away in time. Idempotent. */
  close(deadlineMs: number): Promise<void>
}

/**
 * Connections that wait to be taken; beyond it the system drops them, and their clients try again only after a second. All that wait are taken in
 * one turn of the event loop, in which nobody else is served.
 */
const BACKLOG = 1_024
/** Longest time that callers wait on for their answer once draining is over. */
const LAST_ANSWERS_MS = 5_000

/** The HTTP side of Millrace: webhooks at the paths of the sources, and the status page. */
export async function createGateway(parts: GatewayParts): Promise<Gateway> {
  const { settings, log, desk } = parts
  const routes = createSourceRoutes(parts.sources)
  const tally = createTally()
  const budget = createByteBudget(settings.maxBytesInHand)
  const observer = createObserver({ meter: parts.meter, log, tally, budget })
  observeGauges(parts, budget.inHand)
  const guard = createLoadGuard({ maxDelayMs: settings.maxLoopDelayMs, isKafkaBehind: () => parts.kafka.isCongested() })
  const tls = tlsFilesOf(settings)
  let isDraining = false
  let isPage = (_path: string) => false
  const pages = pageRoutes({
    version: parts.version,
    baseUrl: settings.webhookBaseUrl,
    sources: routes.all,
    apiDocs: settings.apiDocs,
    checkToken: (authorization) => checkToken(authorization, settings.statusToken),
    status: (authorization) =>
      statusFor(authorization, {
        version: parts.version,
        token: settings.statusToken,
        sources: routes.all,
        tally,
        baseUrl: settings.webhookBaseUrl,
        isKafkaReachable: () => parts.kafka.isReachable(),
        sourcesFile: parts.sourcesFile,
        frontAccounts: parts.frontAccounts,
      }),
  })

  const common = {
    decide: createDecide(log),
    observer,
    log,
    baseUrl: settings.webhookBaseUrl,
    addressOf: createClientAddress(settings.trustedProxies),
    limits: createLimits({
      counts: parts.counts,
      perAddress: settings.ratePerAddress,
      perTenant: parts.perTenant ?? (() => 0),
    }),
    isDraining: () => isDraining,
  }
  const refusals = createRefusalExplainer({
    kafka: parts.kafka,
    counts: parts.counts,
    log,
    meter: parts.meter,
    sources: routes.all,
    onExplained: tally.explain,
  })
  const shed = createShedder({ ...common, guard, tally, meter: parts.meter })
  let connections: ConnectionGuard | undefined
  const atWork = ({ socket }: WebhookRequest) => connections?.atWork(socket)
  const receive = createReceiver({
    atWork,
    decide: common.decide,
    refusals,
    kafka: parts.kafka,
    outage: createKafkaOutage(),
    desk,
    asked: parts.asked,
    budget,
    observer,
    limits: common.limits,
    isValidationRequired: settings.webhookValidationEnabled,
    replyTimeoutMs: settings.webhookTimeoutMs,
    baseUrl: settings.webhookBaseUrl,
  })
  const tellStatus = createStatusTeller({
    asked: parts.asked,
    limits: common.limits,
    isValidationRequired: settings.webhookValidationEnabled,
  })
  const webhooks = createWebhookLane({ ...common, shed, routes, receive, tellStatus })
  const { app, fastPath } = createServer(
    { ...settings, answerTimeoutMs: settings.webhookTimeoutMs, tls },
    {
      ...common,
      lane(request, response) {
        // Of a POST the body may still come.
        if (request.method !== 'POST') atWork(request)
        return webhooks(request, response)
      },
      methodsAt: (path) => (isPage(path) ? 'GET, HEAD' : methodsAt(path, routes)),
    },
  )
  connections = guardConnections(app.server, {
    total: settings.maxConnections,
    perAddress: settings.maxConnectionsPerAddress,
    isProxy: createProxyTest(settings.trustedProxies),
    onClosed: observer.refusedConnection,
  })
  resetUnread(app.server, {
    patienceMs: settings.requestTimeoutMs,
    isTls: tls !== undefined,
    onReset: observer.refusedConnection,
  })
  const unwatchTls = tls === undefined ? () => {} : watchTls(app.server as unknown as TlsServer, tls, log)
  isPage = addPages(app, pages)

  let closing: Promise<void> | undefined
  const close = async (deadlineMs: number) => {
    isDraining = true
    await delay(Math.min(settings.drainMs, deadlineMs / 2))
    const last = setTimeout(desk.close, Math.min(LAST_ANSWERS_MS, deadlineMs / 2))
    const closeAll = () => {
      app.server.closeAllConnections()
      fastPath.destroy()
    }
    const force = setTimeout(closeAll, Math.max(0, deadlineMs * 0.8 - settings.drainMs))
    await app.close()
    clearTimeout(last)
    clearTimeout(force)
    guard.close()
    unwatchTls()
    refusals.close()
    desk.close()
  }

  return {
    useSources: routes.replace,
    async listen() {
      try {
        const at = { host: settings.host, port: settings.port, reusePort: settings.reusesPort, backlog: BACKLOG }
        await app.listen(at)
      } catch (cause) {
        const message = `cannot listen on ${settings.host}:${settings.port}; GATEWAY_PORT sets another port`
        throw new ServiceKitError('MR_SERVICE_PORT_TAKEN', message, { cause })
      }
      const address = app.server.address()
      return typeof address === 'object' && address !== null ? address.port : settings.port
    },
    close(deadlineMs) {
      closing ??= close(deadlineMs)
      return closing
    },
  }
}

function methodsAt(path: string, routes: SourceRoutes): string | undefined {
  if (statusLookAt(path, routes) !== undefined) return 'GET'
  return routes.at(path) === undefined ? undefined : 'POST'
}

function observeGauges({ meter, desk, kafka }: GatewayParts, bytesInHand: () => number): void {
  meter
    .createObservableGauge('millrace.gateway.waiting_callers', { description: 'Synchronous requests that wait.' })
    .addCallback((result) => result.observe(desk.waiting()))
  meter
    .createObservableGauge('millrace.gateway.bytes_in_hand', { unit: 'By', description: 'Bodies in memory.' })
    .addCallback((result) => result.observe(bytesInHand()))
  meter
    .createObservableGauge('millrace.gateway.kafka_reachable', { description: '1 while the brokers take records.' })
    .addCallback((result) => result.observe(kafka.isReachable() ? 1 : 0))
}

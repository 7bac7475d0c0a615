import { checkRedisKeepsKeys, closeOrder, createFrontClients, run, targetsOf } from '@millrace/service-kit'
import { parseSecretKeys } from '@millrace/signing'
import { startDelivery } from './delivery.ts'
import { attemptReporter, reportOldest } from './report-attempts.ts'
import { reportEndpoints } from './report-endpoints.ts'
import { timeReporter } from './report-time.ts'
import { settings } from './settings.ts'

await run({
  name: 'delivery',
  settings,
  async start(context) {
    const { kafka, log, meter, redis, version } = context
    const { secretKeys, timeoutMs, ...limits } = context.settings
    await context.keepTrying('redis keeps keys', () => checkRedisKeepsKeys(redis, log))
    const fronts = createFrontClients(context, { secretKeys })
    const delivery = await context.keepTrying('endpoints', () =>
      startDelivery({
        kafka,
        report: attemptReporter(meter, log),
        reportEnd: timeReporter(meter),
        keys: parseSecretKeys(secretKeys),
        timeoutMs,
        targets: targetsOf(context.settings),
        proxyUrl: context.settings.proxyUrl,
        origin: context.settings.origin,
        redis,
        log,
        fronts,
        endpointLimits: { inFlight: limits.endpointConcurrency, perMinute: limits.endpointPerMinute },
        tenantLimits: { inFlight: limits.tenantConcurrency, perMinute: limits.tenantPerMinute },
        delayScale: 1 / limits.delaysDividedBy,
        concurrency: limits.concurrency,
        maxQueued: limits.maxQueued,
        userAgent: `Millrace/${version}`,
      }),
    )
    reportOldest(meter, delivery.oldestMs)
    reportEndpoints(meter, delivery.counts)
    context.watch(delivery.requests, 'delivery-request')
    context.watch(delivery.processed, 'delivery-processed')
    context.watch(delivery.sends, 'delivery-send')
    context.onClose('waiting deliveries', delivery.stopIntake, { order: closeOrder.intake })
    context.onClose('connections', delivery.close, { order: closeOrder.clients })
  },
})

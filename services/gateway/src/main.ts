import { randomUUID } from 'node:crypto'
import { topics } from '@millrace/schemas'
import { closeOrder, observeFrontAccounts, readFrontAccountStates, run } from '@millrace/service-kit'
import { createAskedRequests } from './asked-requests.ts'
import { createGateway } from './gateway.ts'
import { observeSecrets } from './observe-secrets.ts'
import { observeSources } from './observe-sources.ts'
import { createReplyDesk } from './reply-desk.ts'
import { settings } from './settings.ts'
import { createSharedCounts } from './shared-counts.ts'
import { sourcesFileState } from './sources-file-state.ts'
import { createStoredAnswers } from './stored-answers.ts'
import { tellRisks } from './tell-risks.ts'

await run({
  name: 'gateway',
  settings,
  // A gateway that is taken out of rotation tells senders less than one that answers 503 with Retry-After, and would never try Kafka again.
  servesWithout: ['kafka', 'redis'],
  async start(context) {
    const { kafka, redis, log, meter, version, settings } = context
    const { sources } = context.sources.current()
    tellRisks(sources, settings.webhookValidationEnabled, log)
    const answers = createStoredAnswers({ redis, cipher: kafka.cipher, log })
    const desk = createReplyDesk({
      answers,
      subscriber: context.newRedis({ autoResubscribe: false }),
      channel: `${settings.redisPrefix}replies:${randomUUID()}`,
      maxWaiting: settings.maxWaitingCallers,
      log,
    })
    observeSources(meter, context.sources)
    observeSecrets(meter, context.sources)
    observeFrontAccounts(meter, { redis, sources: context.sources })
    const asked = createAskedRequests(redis, answers)
    const counts = createSharedCounts({ redis })
    const perTenant = (name: string) =>
      context.sources.current().tenants.find((tenant) => tenant.name === name)?.rateLimitPerMinute ?? 0
    const gateway = await createGateway({
      kafka,
      desk,
      asked,
      counts,
      sources,
      settings,
      meter,
      log,
      version,
      perTenant,
      frontAccounts: () => readFrontAccountStates({ redis, sources: context.sources, knowsTokens: false }),
      sourcesFile: () => sourcesFileState(settings.sourcesFile, context.sources.state()),
    })
    context.sources.onChange(({ sources }) => {
      gateway.useSources(sources)
      tellRisks(sources, settings.webhookValidationEnabled, log)
    })
    context.onClose('http', (deadlineMs) => gateway.close(deadlineMs), { order: closeOrder.intake })
    const port = await gateway.listen()
    log.info({ port, paths: sources.map((source) => source.path) }, 'listening')
    await context.keepTrying('topic of received webhooks', () => kafka.ends(topics.received))
  },
})

import { topicKey } from '@millrace/domain'
import { topics } from '@millrace/schemas'
import { closeOrder, createFrontClients, run } from '@millrace/service-kit'
import { followTopics } from './follow-topics.ts'
import { createKnownTimes } from './known-times.ts'
import { startParity } from './parity.ts'
import { parityOf } from './parity-parts.ts'
import { pollAccounts } from './poll-accounts.ts'
import { createPositions } from './positions.ts'
import { startRejectedTally } from './rejected-tally.ts'
import { createReport } from './report.ts'
import { settings } from './settings.ts'
import { watchIngress } from './watch-ingress.ts'

await run({
  name: 'poller',
  settings,
  async start(context) {
    const { kafka, redis, log, meter, sources } = context
    const { callTimeoutMs, secretKeys } = context.settings
    const clients = createFrontClients(context, { callTimeoutMs, secretKeys })
    const report = createReport(meter)
    const known = createKnownTimes(redis)
    const modes = kafka.table(topics.modes)
    const positions = createPositions(kafka)
    const { events, snapshots } = followTopics({
      kafka,
      known,
      onEvent: ({ tenant, account, origin }) => {
        if (origin === 'poll') report.firstByPoll(topicKey(tenant, account))
      },
    })
    context.watch(events, 'poller-events')
    context.watch(snapshots, 'poller-snapshots')
    await context.keepTrying('positions and modes', () => Promise.all([positions.ready, modes.ready]))
    const polling = pollAccounts({
      ...{ kafka, redis, known, positions, modes, sources, clients, report, log },
      settings: context.settings,
      caughtUp: async (signal) => void (await Promise.all([events.caughtUp(signal), snapshots.caughtUp(signal)])),
    })
    context.onClose('polling', () => polling.close(), { order: closeOrder.intake })
    const { webhookBaseUrl } = context.settings
    if (webhookBaseUrl !== undefined) watchIngress(context, webhookBaseUrl)
    const rejected = startRejectedTally(kafka, log)
    context.onClose('refused requests', () => rejected.close())
    const parity = startParity(parityOf({ kafka, redis, positions, modes, sources, rejected, log }, context.settings))
    context.watch(parity.copies, 'poller-parity')
    context.onClose('parity', () => parity.close(), { order: closeOrder.intake })
  },
})

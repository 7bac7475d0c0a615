import { checkRedisKeepsKeys, createFrontClients, run } from '@millrace/service-kit'
import { createAccountGate } from './account-gate.ts'
import { refreshConversations } from './refresh-conversations.ts'
import { settings } from './settings.ts'
import { writeSnapshots } from './write-snapshots.ts'

await run({
  name: 'conversation-refresh',
  settings,
  async start(context) {
    const { kafka, redis, log, meter } = context
    const clients = createFrontClients(context, { callTimeoutMs: context.settings.callTimeoutMs })
    await context.keepTrying('redis keeps keys', () => checkRedisKeepsKeys(redis, log))
    const clusterId = await context.keepTrying('cluster id', () => kafka.clusterId())
    const snapshots = writeSnapshots({ kafka, redis, log, clusterId })
    context.addCheck({ name: 'state', ready: () => !snapshots.isRebuilding() || 'being read back from its topic' })
    context.watch(snapshots, 'conversation-snapshot')

    const refreshed = meter.createCounter('millrace.refresh.events', {
      description: 'Events that a refresh answered, by what the read found: read, gone, merged.',
    })
    const { running } = refreshConversations({
      kafka,
      log,
      gate: createAccountGate(),
      clientOf: clients.of,
      concurrency: context.settings.concurrency,
      messages: context.settings.messages,
      onRefreshed: (outcome, events) => refreshed.add(events, { outcome }),
    })
    context.watch(running, 'conversation-refresh')
  },
})

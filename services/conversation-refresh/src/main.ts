import { checkRedisKeepsKeys, createFrontClients, run } from '@millrace/service-kit'
import { createEnds, forgetEnds } from './forget-ends.ts'
import { observeRefreshes } from './observe.ts'
import { serveWishes } from './serve-wishes.ts'
import { settings } from './settings.ts'
import { writeSnapshots } from './write-snapshots.ts'

/** Milliseconds before a conversation that was not found is asked for once more. */
const CONFIRM_AFTER_MS = 2_000
/** Milliseconds that what an account has beyond its share of background reads rests before it is looked at again. */
const REST_MS = 10_000

await run({
  name: 'conversation-refresh',
  settings,
  async start(context) {
    const { kafka, redis, log, meter } = context
    const { messages, isFolding, ...given } = context.settings
    const clients = createFrontClients(context, { callTimeoutMs: given.callTimeoutMs, secretKeys: given.secretKeys })
    await context.keepTrying('redis keeps keys', () => checkRedisKeepsKeys(redis, log))
    const clusterId = await context.keepTrying('cluster id', () => kafka.clusterId())
    const observe = observeRefreshes(meter)
    const ends = createEnds({ kafka, redis, clusterId })
    const rules = { messages, isFolding }
    const snapshots = writeSnapshots({ kafka, redis, log, clusterId, rules, ends, onSnapshot: observe.onSnapshot })
    context.addCheck({ name: 'state', ready: () => !snapshots.isRebuilding() || 'being read back from its topic' })
    context.watch(snapshots, 'conversation-snapshot')
    context.onClose('forgetting', forgetEnds(ends, log))

    const wishes = serveWishes({
      kafka,
      log,
      clientOf: clients.of,
      states: snapshots.states,
      concurrency: given.concurrency,
      messages,
      previewDelayMs: given.previewDelayMs,
      confirmAfterMs: CONFIRM_AFTER_MS,
      maxInHand: given.maxInHand,
      restMs: REST_MS,
      onRead: observe.onRead,
      onFailure: observe.onFailure,
    })
    context.watch(wishes.urgent, 'conversation-refresh')
    context.watch(wishes.background, 'conversation-refresh-background')
    context.onClose('reads', async () => wishes.close())
  },
})

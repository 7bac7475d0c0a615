import { connectKafka, type Kafka } from '@millrace/kafka'
import type { Stack } from '@millrace/local'
import {
  createLife,
  type FrontSimulator,
  live,
  quietLog,
  type RunningSystem,
  runSystem,
  type SnapshotDifference,
  snapshotDifferences,
  waitFor,
} from '@millrace/test-support'
import { type FollowedSnapshots, followSnapshots } from './follow-snapshots.ts'

export interface FreshnessOptions {
  readonly stack: Pick<Stack, 'brokers' | 'redisUrl'>
  /** Calls a minute of the simulated company's plan. */
  readonly plan: number
  /** Events folded into snapshots; without it each costs a read. */
  readonly isFolding: boolean
  readonly seed: number
  readonly eventsPerMinute: number
  readonly conversations: number
  /** Part of the webhooks that are previews. */
  readonly previews: number
  /** Reconciliation period, and how long a change may wait for its webhook before it is compared. */
  readonly reconcileMs: number
  readonly graceMs: number
  /** Further settings of all services. */
  readonly env?: Readonly<Record<string, string>>
}

/** The way from Front's webhook to the snapshot as processes, with a simulated Front whose team is not at work yet. */
export interface Freshness {
  readonly system: RunningSystem
  readonly front: FrontSimulator
  readonly kafka: Kafka
  readonly snapshots: FollowedSnapshots
  /** The team works for so many events, at the asked rate. */
  play(events: number, onAct?: (made: number) => void): Promise<void>
  differences(): SnapshotDifference[]
  /** Waits until snapshots and Front agree on every conversation. Gives the milliseconds, or null when they still differ at the deadline. */
  settled(deadlineMs: number, onLook: (differences: number) => void): Promise<number | null>
  stop(): Promise<void>
}

/** Newest messages and comments of a conversation that must be the snapshot's newest. */
const LISTED = 20

export async function startFreshness(options: FreshnessOptions): Promise<Freshness> {
  const { stack, plan, seed, eventsPerMinute, conversations } = options
  const system = await runSystem({
    ...stack,
    only: ['gateway', 'dedup', 'conversation-refresh', 'poller'],
    front: { callsPerMinute: plan, autoCreate: false, seed, run: `${seed.toString(36)}x` },
    requestsPerMinute: 1_000_000,
    readyWithinMs: 180_000,
    env: {
      REFRESH_FOLD_EVENTS: String(options.isFolding),
      REFRESH_MESSAGES: String(LISTED),
      POLLER_RECONCILE_MS: String(options.reconcileMs),
      POLLER_GRACE_MS: String(options.graceMs),
      ...options.env,
    },
  })
  const { front } = system
  const brokers = stack.brokers.split(',')
  const kafka = connectKafka({ brokers, clientId: 'freshness', log: quietLog, prefix: system.prefix })
  const snapshots = followSnapshots(kafka)
  const stop = async () => {
    await snapshots.stop()
    await kafka.close()
    await system.stop()
  }
  const differences = () => snapshotDifferences(front.world, snapshots.get, { listed: LISTED })
  const life = createLife(front.world, front.company, { seed, conversations })
  try {
    const url = `${system.gatewayUrl}/api/webhooks/front`
    await front.webhooks.add({ kind: 'app', url, secret: system.webhookSecret, previews: options.previews })
  } catch (error) {
    await stop()
    throw error
  }
  return {
    system,
    front,
    kafka,
    snapshots,
    play: async (count, onAct) => {
      await live(life, { eventsPerMinute, count, ...(onAct && { onAct }) })
    },
    differences,
    settled: async (deadlineMs, onLook) => {
      const since = performance.now()
      const agree = () => {
        const count = differences().length
        onLook(count)
        return count === 0 && front.webhooks.counts().open === 0
      }
      const isSettled = await waitFor(agree, { what: 'agreement', deadlineMs, everyMs: 1_000 }).catch(() => false)
      return isSettled ? performance.now() - since : null
    },
    stop,
  }
}

import { setTimeout as delay } from 'node:timers/promises'
import { topicKey } from '@millrace/domain'
import type { Kafka, Log } from '@millrace/kafka'
import { type Topic, topics } from '@millrace/schemas'

/** Requests that were refused since their source could not be proven, by account and time; a live count of the last day. */
export interface RejectedTally {
  /** Refused between two times, epoch milliseconds, in steps of ten seconds. */
  between(account: string, since: number, until: number): number
  close(): Promise<void>
}

const STEP_MS = 10_000
const KEPT_MS = 26 * 3_600_000
const RETRY_MS = 5_000

/** Reads the sample that gateways keep of them; each record tells how many had none of their own. */
export function startRejectedTally(kafka: Kafka, log: Log): RejectedTally {
  const stopping = new AbortController()
  const steps = new Map<string, Map<number, number>>()

  const note = (account: string, at: number, times: number) => {
    if (at < Date.now() - KEPT_MS) return
    const own = steps.get(account) ?? new Map<number, number>()
    steps.set(account, own)
    const step = Math.floor(at / STEP_MS)
    own.set(step, (own.get(step) ?? 0) + times)
    const oldest = own.keys().next().value
    if (oldest !== undefined && oldest * STEP_MS < Date.now() - KEPT_MS) own.delete(oldest)
  }

  const follow = async () => {
    steps.clear()
    for await (const raw of kafka.read(topics.rejected as Topic<unknown>, { signal: stopping.signal })) {
      const refused = kafka.decode(topics.rejected, raw)
      if (refused !== null) note(topicKey(refused.tenant, refused.account), refused.received_at, 1 + refused.unsampled)
    }
  }

  const keepFollowing = async () => {
    while (!stopping.signal.aborted) {
      await follow().catch((error: Error) => log.warn({ error: error.message }, 'refused requests are read anew'))
      await delay(RETRY_MS, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }

  const following = keepFollowing()
  return {
    between(account, since, until) {
      let refused = 0
      for (const [step, times] of steps.get(account) ?? []) {
        if ((step + 1) * STEP_MS > since && step * STEP_MS < until) refused += times
      }
      return refused
    },
    close: async () => {
      stopping.abort()
      await following
    },
  }
}

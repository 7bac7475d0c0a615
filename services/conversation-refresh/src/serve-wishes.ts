import { setTimeout as pause } from 'node:timers/promises'
import { topicKey } from '@millrace/domain'
import { FrontError, waitOf } from '@millrace/front-client'
import { type Kafka, type Log, type Running, throttled, transient } from '@millrace/kafka'
import { type ConversationRefresh, topics } from '@millrace/schemas'
import { type AccountReads, createAccountReads, type ReadsParts } from './account-reads.ts'
import { RefreshError } from './errors.ts'
import { backgroundLanes, liveLanes, type Wish, wishOf } from './wish.ts'

export interface WishesParts extends ReadsParts {
  readonly kafka: Pick<Kafka, 'send' | 'consume'>
  readonly log: Log
  /** Wishes in hand at once, in each of both groups; then its partitions pause. */
  readonly maxInHand: number
  /** Milliseconds that a background wish of an account that has its share in hand rests before it goes to the end of the topic. */
  readonly restMs: number
  /** Told of each failure, by the code of its error. */
  readonly onFailure: (code: string) => void
}

/** An outage of Front is waited for; one conversation that can never be read must not hold its partition's offset for ever. */
const GIVE_UP_MS = 24 * 3_600_000
/** What an account may hold of what is in hand: a storm of one leaves room for the others. */
const SHARE = 0.4
/** For a refusal that names no wait. */
const REFUSED_WAIT_MS = 2_000
/** When a wish came up first, where it was sent to the end since. */
const SINCE = 'x-wished-at'

/**
 * Serves the wishes of `conversations.refreshes`. Urgent and background ones are read by a group each, so that a backlog of the ones never holds up
 * the others. A wish is done when what it asked for is stored; what fails for a passing reason waits, within the bound.
 */
export function serveWishes(parts: WishesParts): { urgent: Running; background: Running; close(): void } {
  const stopping = new AbortController()
  const accounts = new Map<string, AccountReads>()
  const readsOf = (wish: Wish): AccountReads => {
    const key = topicKey(wish.tenant, wish.account)
    const reads = accounts.get(key) ?? createAccountReads(parts, wish, stopping.signal)
    accounts.set(key, reads)
    return reads
  }
  const share = Math.max(1, Math.floor(parts.maxInHand * SHARE))

  const serve = async (wish: Wish, since: number) => {
    if (Date.now() - since > GIVE_UP_MS)
      throw new RefreshError('MR_REFRESH_TOO_LATE', `a wish to read ${wish.key} could not be served for a day`)
    try {
      await readsOf(wish).request(wish)
    } catch (error) {
      // What is cut off by our own end is nobody's failure: the next owner does it again.
      throw stopping.signal.aborted ? transient('the service ends') : waitable(error, parts)
    }
  }
  /** To the end of the topic: what is behind it gets its turn, and nothing is dropped. */
  const postpone = async (refresh: ConversationRefresh, key: string, since: number) => {
    const headers = { [SINCE]: String(since) }
    await parts.kafka.send(topics.refreshes, key, { ...refresh, lane: 'reconciliation' }, { headers })
    parts.onRead('postponed', refresh.caused_by.length)
  }

  const start = (group: string, served: readonly string[], restMs: number) => {
    const inHand = createCounts()
    return parts.kafka.consume<ConversationRefresh>({
      group,
      topics: [topics.refreshes],
      // Order is of no use here: whatever comes last is read again.
      ordering: 'none',
      maxInFlight: parts.maxInHand,
      retryForMs: GIVE_UP_MS,
      handle: async ({ value, key, headers, timestamp }, { signal }) => {
        const wish = value === null ? null : wishOf(value, headers.get('x-webhook-id')?.toString() ?? '')
        if (value === null || wish === null || !served.includes(wish.lane)) return
        if (parts.clientOf(wish.tenant, wish.account) === undefined) return parts.onRead('no-token', wish.events.length)
        const since = Number(headers.get(SINCE)?.toString() ?? timestamp)
        const account = topicKey(wish.tenant, wish.account)
        if (restMs > 0 && inHand.of(account) >= share) await pause(restMs, undefined, { signal })
        if (inHand.of(account) >= share) return postpone(value, key, since)
        await inHand.during(account, () => serve(wish, since))
      },
    })
  }

  return {
    urgent: start('conversation-refresh', liveLanes, 0),
    background: start('conversation-refresh-background', backgroundLanes, parts.restMs),
    close: () => stopping.abort(),
  }
}

/** Errors by what to do: everything that names a wait waits that long; the rest keeps its own class. */
function waitable(error: unknown, { onFailure, log }: WishesParts): unknown {
  const code = error instanceof FrontError ? error.code : ((error as { code?: string }).code ?? 'unknown')
  onFailure(code)
  const wait = waitOf(error) ?? (isRefused(error) ? REFUSED_WAIT_MS : null)
  if (wait === null) return error
  log.debug({ code, wait_ms: wait }, 'a read waits')
  return throttled((error as Error).message, wait, { cause: error })
}

/** The token, not the conversation, is what Front refuses: that may be mended. */
function isRefused(error: unknown): boolean {
  if (!(error instanceof FrontError)) return false
  return error.code === 'MR_FRONT_UNAUTHORIZED' || error.missingScopes.length > 0
}

/** How many of each account are under way; accounts without any are not kept. */
function createCounts() {
  const counts = new Map<string, number>()
  const add = (key: string, more: number) => {
    const count = (counts.get(key) ?? 0) + more
    if (count === 0) counts.delete(key)
    else counts.set(key, count)
  }
  return {
    of: (key: string) => counts.get(key) ?? 0,
    async during<T>(key: string, work: () => Promise<T>): Promise<T> {
      add(key, 1)
      try {
        return await work()
      } finally {
        add(key, -1)
      }
    },
  }
}

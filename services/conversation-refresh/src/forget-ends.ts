import { type ConversationState, endOf, MEMORY_OF_ENDS_MS, refreshRecord, topicKey } from '@millrace/domain'
import type { Kafka, Log } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import type { Redis } from 'ioredis'

/** Which conversations have ended, and when: so that their terminal records get a null 30 days later. */
export interface Ends {
  /** Notes those of the states that have ended. Repeating it does no harm. */
  note(states: ReadonlyMap<string, ConversationState>): Promise<void>
  /** Asks for the nulls that are due at `now` (epoch milliseconds); at most so many, the rest comes next time. Returns their number. */
  forgetDue(now: number, limit?: number): Promise<number>
}

export interface EndsOptions {
  readonly kafka: Pick<Kafka, 'send'>
  readonly redis: Pick<Redis, 'zadd' | 'zrangebyscore' | 'zrem'>
  readonly clusterId: string
}

const MOST_AT_ONCE = 500

/** In a sorted set by the time of the end; it can be lost: a rebuild of the state, which a loss of Redis brings, notes every end again. */
export function createEnds({ kafka, redis, clusterId }: EndsOptions): Ends {
  const key = `state:conversation-snapshot:${clusterId}:ended`
  return {
    async note(states) {
      const entries = Array.from(states.values()).flatMap((state) => {
        const end = state.forgotten === null ? endOf(state) : null
        return end === null ? [] : [end.at, nameOf(state)]
      })
      if (entries.length > 0) await redis.zadd(key, ...entries)
    },
    async forgetDue(now, limit = MOST_AT_ONCE) {
      const due = await redis.zrangebyscore(key, '-inf', now - MEMORY_OF_ENDS_MS, 'LIMIT', 0, limit)
      for (const name of due) {
        await kafka.send(...forgetRecord(name, now))
        // Whoever is live again by now is not forgotten: the fold looks at the state itself.
        await redis.zrem(key, name)
      }
      return due.length
    },
  }
}

const EVERY_MS = 600_000

/** Asks for due nulls now and then, in each replica: twice does no harm. Returns what stops it. */
export function forgetEnds(ends: Ends, log: Log, everyMs: number = EVERY_MS): () => void {
  const timer = setInterval(() => {
    ends.forgetDue(Date.now()).catch((error) => log.warn({ error }, 'cannot forget ended conversations now'))
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

function nameOf({ tenant, account, conversation_id }: ConversationState): string {
  return JSON.stringify([tenant, account, conversation_id])
}

function forgetRecord(name: string, at: number) {
  const [tenant, account, conversation_id] = JSON.parse(name) as [string, string, string]
  const value = refreshRecord({ tenant, account, conversation_id }, { kind: 'forget', at })
  return [topics.refreshes, topicKey(tenant, conversation_id), value] as const
}

import { topicKey } from '@millrace/domain'
import type { Kafka } from '@millrace/kafka'
import { type EventGap, type PollPosition, topics } from '@millrace/schemas'

/** How far the lists of one account were read. */
export interface Position {
  readonly eventsUntil: number
  readonly comparedUntil: number
  readonly gaps: readonly EventGap[]
  readonly readAt: number
}

/**
 * Positions of all accounts, kept in a compacted topic. One that is older than the last costs calls and nothing else, since what is read again is known by
 * its id; so it does not matter that two replicas may write for a moment, or that a new owner does not see the very last.
 */
export interface Positions {
  readonly ready: Promise<void>
  /** Undefined for an account that was never read. */
  of(tenant: string, account: string): Position | undefined
  /** Resolves when it is stored. */
  save(tenant: string, account: string, position: Position): Promise<void>
  close(): Promise<void>
}

export function createPositions(kafka: Kafka): Positions {
  const table = kafka.table(topics.positions)
  return {
    ready: table.ready,
    of(tenant, account) {
      const record = table.get(topicKey(tenant, account))
      return record && fromRecord(record)
    },
    async save(tenant, account, position) {
      await kafka.send(topics.positions, topicKey(tenant, account), toRecord(tenant, account, position))
    },
    close: () => table.close(),
  }
}

function fromRecord({ events_until, compared_until, gaps, read_at }: PollPosition): Position {
  return { eventsUntil: events_until, comparedUntil: compared_until, gaps, readAt: read_at }
}

function toRecord(tenant: string, account: string, position: Position): PollPosition {
  const { eventsUntil, comparedUntil, gaps, readAt } = position
  return {
    tenant,
    account,
    events_until: eventsUntil,
    compared_until: comparedUntil,
    gaps: [...gaps],
    read_at: readAt,
  }
}

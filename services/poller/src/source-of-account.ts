import { ingestModeOf, needsPolling, topicKey } from '@millrace/domain'
import type { Table } from '@millrace/kafka'
import type { IngestMode } from '@millrace/schemas'
import type { Account, Source } from '@millrace/service-kit'

/** What is polled of an account, and for whom. */
export interface Polled {
  /** The source whose name the events go on under. */
  readonly source: Source
  /** Read all the time; else events are read each period, and where some seem to be missing. */
  readonly isTight: boolean
}

/**
 * For how long a source stays polled all the time after its mode was set: what was held back until every replica knew the new one is brought by a read
 * that began later than that, and so is what Front listed late.
 */
const REPLICAS_FOLLOW_MS = 10_000

export interface ReadSince {
  /** When the last complete read of the list began, epoch milliseconds. */
  readonly readAt: number
  /** How late an event may be listed, milliseconds. */
  readonly lateMs: number
}

/**
 * An account has one list of events however many sources post for it. The source that depends most on polling names them: polling before parallel before
 * webhook, the first of the file among equals. Undefined when none of its sources is on.
 */
export function polledOf(
  account: Pick<Account, 'tenant' | 'name'>,
  sources: readonly Source[],
  modes: Pick<Table<IngestMode>, 'get'>,
  read: ReadSince,
): Polled | undefined {
  const own = sources.filter(
    ({ provider, tenant, account: name, isEnabled }) =>
      provider === 'front' && tenant === account.tenant && name === account.name && isEnabled !== false,
  )
  const ranked = own
    .map((source) => ({ source, rank: rankOf(modes.get(topicKey(source.tenant, source.name)), read) }))
    .sort((a, b) => b.rank - a.rank)
  const [first] = ranked
  return first && { source: first.source, isTight: first.rank > 0 }
}

function rankOf(record: IngestMode | undefined, { readAt, lateMs }: ReadSince): number {
  if (record?.mode === 'polling') return 3
  if (needsPolling(ingestModeOf(record))) return 2
  const settledAt = (record?.changed_at ?? 0) + Math.max(lateMs, REPLICAS_FOLLOW_MS)
  return record !== undefined && readAt < settledAt ? 1 : 0
}

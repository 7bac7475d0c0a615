import { ingestModeOf, type ModeRule, needsPolling, topicKey } from '@millrace/domain'
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
 * An account has one list of events however many sources post for it. The source that depends most on polling names them: polling before parallel before
 * webhook, the first of the file among equals. Undefined when none of its sources is on.
 */
export function polledOf(
  account: Pick<Account, 'tenant' | 'name'>,
  sources: readonly Source[],
  modes: Pick<Table<IngestMode>, 'get'>,
): Polled | undefined {
  const own = sources.filter(
    ({ provider, tenant, account: name, isEnabled }) =>
      provider === 'front' && tenant === account.tenant && name === account.name && isEnabled !== false,
  )
  const ranked = own
    .map((source) => ({ source, rule: ingestModeOf(modes.get(topicKey(source.tenant, source.name))) }))
    .sort((a, b) => rank(b.rule) - rank(a.rule))
  const [first] = ranked
  return first && { source: first.source, isTight: needsPolling(first.rule) }
}

function rank(rule: ModeRule): number {
  if (rule.mode === 'polling') return 2
  return needsPolling(rule) ? 1 : 0
}

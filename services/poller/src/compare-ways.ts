import {
  describePayload,
  ingestModeOf,
  isPrivateFrontEvent,
  nameEvent,
  needsPolling,
  parseJson,
  topicKey,
} from '@millrace/domain'
import type { InRecord, Kafka, Log, Running, Table } from '@millrace/kafka'
import { type IngestMode, type ReceivedWebhook, topics } from '@millrace/schemas'
import type { Source, Sources } from '@millrace/service-kit'
import type { CopySeen, ParityMarks } from './parity-marks.ts'
import { type ComparedWindow, compareWindow, correctionOf } from './parity-window.ts'
import type { Positions } from './positions.ts'
import type { RejectedTally } from './rejected-tally.ts'
import type { RecordTimes } from './trigger-backlog.ts'

export interface CompareSettings {
  /** Length of a window of event times, milliseconds. */
  readonly windowMs: number
  /** How late a webhook may come and still count as brought, milliseconds. */
  readonly settleMs: number
}

export interface CompareParts {
  readonly kafka: Kafka
  readonly marks: ParityMarks
  readonly positions: Pick<Positions, 'of'>
  readonly modes: Pick<Table<IngestMode>, 'get'>
  readonly rejected: Pick<RejectedTally, 'between'>
  readonly times: RecordTimes
  readonly sources: () => Sources
  readonly settings: CompareSettings
  readonly log: Log
}

const NEVER_GIVE_UP_MS = 7 * 86_400_000

/** A gateway keeps at most ten refused requests a minute, and tells of the others with the next one that it keeps. */
const SAMPLED_MS = 60_000

/** An account whose webhooks and polled events are compared. */
export interface ComparedAccount {
  readonly key: string
  readonly tenant: string
  readonly account: string
  /** Those that post for it, in order of the sources file. */
  readonly sources: readonly [Source, ...Source[]]
}

/** The sources keep their identity until they change. */
const accountsOf = new WeakMap<Sources, ReadonlyMap<string, ComparedAccount>>()

/** Accounts whose list of events can be read, with their sources, by `tenant/account`. */
export function comparedAccounts(all: Sources): ReadonlyMap<string, ComparedAccount> {
  const known = accountsOf.get(all)
  if (known !== undefined) return known
  const found = new Map(all.accounts.flatMap((account) => comparedAccount(account, all.sources)))
  accountsOf.set(all, found)
  return found
}

function comparedAccount(
  { tenant, name, provider }: Sources['accounts'][number],
  sources: readonly Source[],
): [string, ComparedAccount][] {
  const [first, ...more] = sources.filter(
    (each) => each.provider === provider && each.tenant === tenant && each.account === name && each.isEnabled !== false,
  )
  if (provider !== 'front' || first === undefined) return []
  const key = topicKey(tenant, name)
  return [[key, { key, tenant, account: name, sources: [first, ...more] }]]
}

/** Notes every copy that was received, by whichever way. */
export function followCopies(parts: CompareParts): Running {
  return parts.kafka.consume<ReceivedWebhook>({
    group: 'poller-parity',
    topics: [topics.received],
    ordering: 'none',
    // Comparing can wait for Redis; nobody needs a dead letter of what dedup has taken.
    retryForMs: NEVER_GIVE_UP_MS,
    handle: async (record) => {
      parts.times.note(record.partition, record.offset, record.timestamp)
      if (record.value?.provider === 'front') await noteCopy(parts, record.value, record)
    },
  })
}

async function noteCopy(
  parts: CompareParts,
  webhook: ReceivedWebhook,
  { timestamp }: InRecord<ReceivedWebhook>,
): Promise<void> {
  const key = topicKey(webhook.tenant, webhook.account)
  const found = comparedAccounts(parts.sources()).get(key)
  if (found === undefined) return
  const copy = copyOf(webhook)
  const answer = await parts.marks.note(key, copy)
  if (answer.kind !== 'late') return
  const { occurred_at } = answer.told
  const since = Math.floor(occurred_at / parts.settings.windowMs) * parts.settings.windowMs
  const span = { ...spanOf(found, since, parts.settings), foundAt: timestamp }
  await parts.kafka.send(
    topics.parity,
    topicKey(found.tenant, span.source),
    correctionOf(span, copy.event, answer.told, copy.receivedAt),
  )
  await parts.marks.found(key, copy.event)
}

function copyOf(webhook: ReceivedWebhook): CopySeen {
  const parsed = parseJson(webhook.payload)
  const json = parsed.ok ? parsed.value : null
  const { provider, headers, payload, batch_index } = webhook
  const description = describePayload(provider, json, { headers })
  const identity = nameEvent({ provider, description, headers, bytes: payload, batchIndex: batch_index, json })
  return {
    event: identity.value,
    origin: webhook.origin,
    receivedAt: webhook.received_at,
    facts: {
      type: description.type,
      occurred_at: description.occurredAt ?? webhook.received_at,
      conversation_id: description.conversationId,
      is_private: isPrivateFrontEvent(json),
      is_named: identity.kind !== 'content-hash',
    },
  }
}

function spanOf({ tenant, account, sources: [source] }: ComparedAccount, since: number, { windowMs }: CompareSettings) {
  return { tenant, account, source: source.name, since, until: since + windowMs, foundAt: Date.now() }
}

/**
 * Compares and tells the windows of an account that are complete: polling has read their time, webhooks had their time to come, and what was received
 * until `receivedUntil` has been noted. In order of time. One that is told twice, since its teller stopped in between, counts once.
 */
export async function* tellWindows(
  parts: CompareParts,
  found: ComparedAccount,
  receivedUntil: number,
): AsyncGenerator<ComparedWindow & { readonly since: number; readonly until: number }> {
  const { kafka, marks, settings, rejected } = parts
  const position = parts.positions.of(found.tenant, found.account)
  if (position === undefined) return
  await marks.begin(found.key, Math.max(receivedUntil, position.eventsUntil))
  const isRead = Math.max(position.eventsUntil, position.readAt - settings.settleMs)
  const wholeSince = polledWholeSince(parts, found)
  for (const since of await marks.seal(found.key, Math.min(isRead, receivedUntil - settings.settleMs))) {
    const span = spanOf(found, since, settings)
    const refused = rejected.between(found.key, since - SAMPLED_MS, span.until + settings.settleMs)
    const seen = await marks.marksOf(found.key, since)
    const compared = compareWindow({ ...span, refused, isPolledWhole: since >= wholeSince }, seen)
    await kafka.send(topics.parity, topicKey(found.tenant, span.source), compared.finding)
    await marks.settle(found.key, since, compared.missing)
    yield { ...compared, since, until: span.until }
  }
}

/** From when on polling reads everything that the account's list has; never while webhooks alone count. */
function polledWholeSince({ modes }: CompareParts, { sources }: ComparedAccount): number {
  const since = sources.flatMap(({ tenant, name }) => {
    const record = modes.get(topicKey(tenant, name))
    return record !== undefined && needsPolling(ingestModeOf(record)) ? [record.changed_at] : []
  })
  return since.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...since)
}

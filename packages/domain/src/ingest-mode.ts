import { createHash } from 'node:crypto'
import type { IdentityKind, IngestMode, Origin } from '@millrace/schemas'
import { eventTypes } from './event-types.ts'

/** By which way the events of a source count, as far as the rule needs it. */
export type ModeRule = Pick<IngestMode, 'mode' | 'inboxes' | 'percent'> & {
  /** Since when, epoch milliseconds; for ever when absent. */
  readonly changed_at?: number
}

/** What a source without a record of its own has: webhooks count, for every conversation. */
export const defaultMode: ModeRule = { mode: 'webhook', inboxes: [], percent: 100 }

/** One copy of an event, as the rule sees it. */
export interface Copy {
  readonly origin: Origin
  readonly provider: string
  /** Canonical type. */
  readonly type: string
  readonly identity: IdentityKind
  /** The record key, which both copies of an event share: tenant / conversation, else contact, else event. */
  readonly key: string
  /** Inboxes of its conversation as far as known. */
  readonly inboxes: readonly string[]
  readonly isPrivate: boolean
  /** The event's own time, epoch milliseconds. */
  readonly occurredAt: number
}

/** The rule of a source; the default for one without a record. */
export function ingestModeOf(record: IngestMode | undefined): ModeRule {
  return record ?? defaultMode
}

/** True when some conversations of the source depend on what is polled, so that it is polled often; else polling only fills gaps. */
export function needsPolling(rule: ModeRule): boolean {
  return rule.mode !== 'webhook' || isPartial(rule)
}

/** True when the mode holds for a part of the conversations only. */
export function isPartial({ inboxes, percent }: ModeRule): boolean {
  return inboxes.length > 0 || percent < 100
}

/**
 * Whether the mode of a source holds for a conversation: it is in one of the inboxes (where inboxes are named; one whose inboxes are not known is
 * not) and in the share. What it does not hold for is polled.
 */
export function isInShare(rule: ModeRule, key: string, inboxes: readonly string[]): boolean {
  const isInInbox = rule.inboxes.length === 0 || inboxes.some((id) => rule.inboxes.includes(id))
  return isInInbox && shareOf(key) < rule.percent
}

/**
 * Where a key stands between 0 and 100, for ever: the first four bytes of its SHA-256. A share that grows takes conversations in and never gives
 * one back.
 */
export function shareOf(key: string): number {
  return (createHash('sha256').update(key).digest().readUInt32BE(0) / 2 ** 32) * 100
}

const polledTypes: ReadonlySet<string> = new Set(eventTypes.filter(({ api }) => api.length > 0).map(({ type }) => type))

const sentTypes: ReadonlySet<string> = new Set(eventTypes.filter(({ app }) => app.length > 0).map(({ type }) => type))

/** Whether the provider's list of events surely tells events of this canonical type. */
export function isPolledType(provider: string, type: string): boolean {
  return provider === 'front' && polledTypes.has(type)
}

/** Whether the provider's application webhooks tell events of this canonical type. `conversation.unassigned` comes as `assignee_changed`. */
export function isSentType(provider: string, type: string): boolean {
  return provider !== 'front' || sentTypes.has(type) || type === 'conversation.unassigned'
}

/**
 * Whether a copy may become an event (`counts`), or is held back because another copy of it will.
 *
 * What is polled always counts: claims make it one event with the webhook's copy, and it is what fills gaps in every mode. A webhook's copy is held
 * back only where polling is sure to bring the event: in `polling` and outside the share, for types that polling tells, not from private
 * conversations, which the API may not show, and not for what happened before the mode was set, whose webhook is only late: polling may have begun
 * after it. In `parallel` one without Front's event id is held back likewise: nobody could tell that the polled copy is the same.
 *
 * Held back means unclaimed: whichever copy counts later passes. So nothing is lost or doubled when the mode changes at any moment, as long as
 * polling goes on from where it was.
 */
export function counts(rule: ModeRule, copy: Copy): boolean {
  if (copy.origin !== 'webhook' || !isPolledType(copy.provider, copy.type) || copy.isPrivate) return true
  const isNamed = copy.identity !== 'content-hash'
  if (isNamed && copy.occurredAt < (rule.changed_at ?? 0)) return true
  if (rule.mode === 'polling' || !isInShare(rule, copy.key, copy.inboxes)) return false
  return rule.mode !== 'parallel' || isNamed
}

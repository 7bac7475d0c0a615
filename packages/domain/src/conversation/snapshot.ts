import type { ConversationSnapshot, SnapshotComment, SnapshotMessage } from '@millrace/schemas'
import type { Told } from './order.ts'
import {
  type ConversationState,
  emptyState,
  type FoldLimits,
  joinConversations,
  type KnownEvent,
  type Listed,
} from './state.ts'

/** Characters of all texts of a snapshot together: the topic takes 4 MiB, and a character up to 4 bytes. */
const MAX_TEXTS = 600_000
const MAX_CAUSES = 100
/** The first message and its conversation begin within this of each other. */
const BEGINNING_MS = 60_000

/** How long a terminal record stays before its key gets a null. */
export const MEMORY_OF_ENDS_MS = 30 * 86_400_000

export interface ConversationEnd {
  readonly state: 'merged' | 'gone' | 'deleted'
  readonly at: number
}

/** How and when a conversation ended; null for one that lives. */
export function endOf(state: ConversationState): ConversationEnd | null {
  const { merged, gone, read, isVisible, fields } = state
  if (merged !== null) return { state: 'merged', at: merged.at }
  // What was seen in rule events only (a private inbox) may be hidden from the token: that does not end it.
  if (gone !== null && isVisible && gone.at > (read?.began ?? 0)) return { state: 'gone', at: gone.at }
  if (fields.status?.value === 'deleted') return { state: 'deleted', at: fields.status.at }
  return null
}

/** True for a conversation that the token may not see. */
export function isHidden({ gone, isVisible, read }: ConversationState): boolean {
  return gone !== null && !isVisible && read === null
}

/** True while nothing is known of a conversation but that something happened to it: there is nothing to write a snapshot of. */
export function isBlank(state: ConversationState): boolean {
  const { fields, messages, comments, tag_changes, read, gone } = state
  const parts = [...Object.values(fields), ...messages, ...comments, ...tag_changes]
  return endOf(state) === null && read === null && gone === null && parts.every((part) => part === null)
}

/** The snapshot of a state. Merged and gone ones carry no content: a terminal record says that, when, and into what. */
export function snapshotOf(state: ConversationState, isFirst: boolean): ConversationSnapshot {
  const end = endOf(state)
  const isOver = end?.state === 'merged' || end?.state === 'gone'
  const { reflected, pending } = standingOf(state)
  return {
    tenant: state.tenant,
    account: state.account,
    conversation_id: state.conversation_id,
    state: end?.state ?? 'live',
    merged_into: end?.state === 'merged' ? (state.merged?.into ?? null) : null,
    completeness: !isOver && isComplete(state) ? 'full' : 'partial',
    as_of: isOver ? end.at : newestTime(state),
    caused_by: reflected.slice(0, MAX_CAUSES),
    pending: pending.slice(0, MAX_CAUSES),
    is_first: isFirst,
    ...(isOver ? noContent : contentOf(state)),
    fold_json: bookkeeping(state, isOver),
  }
}

type Content = Pick<
  ConversationSnapshot,
  | 'subject'
  | 'status'
  | 'assignee'
  | 'recipient'
  | 'tags'
  | 'custom_fields_json'
  | 'created_at'
  | 'messages'
  | 'comments'
  | 'has_more'
>

const noContent: Content = {
  subject: null,
  status: null,
  assignee: null,
  recipient: null,
  tags: [],
  custom_fields_json: '{}',
  created_at: null,
  messages: [],
  comments: [],
  has_more: false,
}

function contentOf(state: ConversationState): Content {
  const { fields } = state
  return {
    subject: fields.subject?.value ?? null,
    status: statusOf(state),
    assignee: fields.assignee?.value ?? null,
    recipient: fields.recipient?.value ?? null,
    tags: tagsOf(state),
    custom_fields_json: fields.custom_fields_json?.value ?? '{}',
    created_at: fields.created_at?.value ?? null,
    messages: fitTexts(messagesOf(state)),
    comments: commentsOf(state),
    has_more: hasMore(state),
  }
}

function messagesOf({ messages, listed_messages }: ConversationState): SnapshotMessage[] {
  return shown(messages, listed_messages, ({ created_at }) => created_at)
}

function commentsOf({ comments, listed_comments }: ConversationState): SnapshotComment[] {
  return shown(comments, listed_comments, ({ posted_at }) => posted_at)
}

/** Without what a later read of the list did not find any more, and each once. */
function shown<T extends { readonly id: string }>(
  items: readonly Told<T>[],
  listed: Listed | null,
  time: (item: T) => number,
): T[] {
  const ids = new Set(listed?.ids)
  const seen = new Set<string>()
  return items.flatMap(({ at, value }) => {
    const isRemoved = listed !== null && at <= listed.at && !ids.has(value.id) && !isBeyond(time(value), listed)
    if (isRemoved || seen.has(value.id)) return []
    seen.add(value.id)
    return [value]
  })
}

/** Older than what the list, which was cut, could show. */
function isBeyond(time: number, { hasMore, oldest }: Listed): boolean {
  return hasMore && time < oldest
}

/** Of an open conversation Front says whether it is assigned; where a later event told the assignee, that does. */
function statusOf({ fields: { status, assignee } }: ConversationState): string | null {
  const said = status?.value ?? null
  const isOpen = said === 'open' || said === 'assigned' || said === 'unassigned'
  if (!isOpen || assignee === null || (said !== 'open' && assignee.at <= (status?.at ?? 0)))
    return said === 'open' ? 'unassigned' : said
  return assignee.value === null ? 'unassigned' : 'assigned'
}

function tagsOf({ fields, tag_changes }: ConversationState): { id: string; name: string }[] {
  const tags = new Map(fields.tags?.value.map((tag) => [tag.id, tag]))
  for (const { value } of tag_changes) {
    if (!value.isOn) tags.delete(value.id)
    else if (!tags.has(value.id)) tags.set(value.id, { id: value.id, name: '' })
  }
  return [...tags.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Cuts texts once all of them together are too long, newest first, so that the newest stay whole. */
function fitTexts(messages: readonly SnapshotMessage[]): SnapshotMessage[] {
  let left = MAX_TEXTS
  return messages.map((message) => {
    const length = message.text?.length ?? 0
    if (length <= left) {
      left -= length
      return message
    }
    const text = message.text?.slice(0, left).toWellFormed() ?? null
    left = 0
    return { ...message, text: text === '' ? null : text, is_truncated: true }
  })
}

function hasMore(state: ConversationState): boolean {
  const { listed_messages, listed_comments, hasDropped } = state
  if (hasDropped || listed_messages?.hasMore || listed_comments?.hasMore) return true
  return listed_messages === null && !isFromTheBeginning(state)
}

/** The conversation as a whole is known, and its messages by a read or from the first one on. */
export function isComplete(state: ConversationState): boolean {
  return state.fields.custom_fields_json !== null && (state.read !== null || isFromTheBeginning(state))
}

/** Whether the first message of the conversation is known, so that there can be no older one. */
function isFromTheBeginning({ fields, messages, hasDropped }: ConversationState): boolean {
  const began = fields.created_at?.value ?? null
  const oldest = messages.at(-1)?.value.created_at
  if (began === null) return false
  return hasDropped || (oldest !== undefined && Math.abs(oldest - began) <= BEGINNING_MS)
}

/** The known events by whether the state carries what changed. */
export function standingOf(state: ConversationState): { reflected: string[]; pending: string[] } {
  const done = new Set(state.events.filter((event) => isReflected(state, event)).map(({ id }) => id))
  const pending = new Set(state.events.filter(({ id }) => !done.has(id)).map(({ id }) => id))
  return { reflected: [...done], pending: [...pending] }
}

/**
 * An event is reflected by what it carried, by a read with a state that is not older than it, by the end of the conversation after it, or by a
 * later event that carried the whole conversation, where the message or comment that it is about is known as well.
 */
export function isReflected(state: ConversationState, event: KnownEvent): boolean {
  if (event.isDone || isReadSince(state, event)) return true
  const end = endOf(state)
  if (end?.state === 'merged' || (end?.state === 'gone' && event.at <= end.at)) return true
  const whole = state.fields.custom_fields_json?.at ?? 0
  if (event.need !== 'preview' || whole < event.at) return false
  return event.about === '' || isKnown(state, event)
}

/** True once a read has been folded whose state is not older than the event, or that began for it. */
export function isReadSince({ read }: ConversationState, event: KnownEvent): boolean {
  return event.isRead || (read !== null && read.at >= event.at)
}

function isKnown(state: ConversationState, { about, at }: KnownEvent): boolean {
  const contents: readonly (SnapshotMessage | SnapshotComment)[] = about.startsWith('com_')
    ? commentsOf(state)
    : messagesOf(state)
  if (contents.some(({ id }) => id === about)) return true
  // Older than everything that is kept.
  const oldest = contents.at(-1)
  return (
    state.hasDropped && oldest !== undefined && at < ('created_at' in oldest ? oldest.created_at : oldest.posted_at)
  )
}

function newestTime(state: ConversationState): number {
  const told = [...Object.values(state.fields), ...state.tag_changes, ...state.messages, ...state.comments]
  const times = told.map((part) => part?.at ?? 0)
  const known = Math.max(0, ...times, state.read?.at ?? 0)
  return known > 0 ? known : Math.max(state.gone?.at ?? 0, ...state.events.map(({ at }) => at))
}

/** Everything but the contents that the snapshot lists itself; of what is over, no content at all. */
function bookkeeping(state: ConversationState, isOver: boolean): string {
  const { tenant: _t, account: _a, conversation_id: _c, fields, messages, comments, ...rest } = state
  return JSON.stringify({
    ...rest,
    fields: isOver ? emptyState(state).fields : fields,
    messages: isOver ? [] : placesOf(messages, messagesOf(state)),
    comments: isOver ? [] : placesOf(comments, commentsOf(state)),
  })
}

/** By whom and when what is shown was told. */
function placesOf<T extends { readonly id: string }>(items: readonly Told<T>[], shownOnes: readonly T[]) {
  const isShown = new Set(shownOnes)
  return items.flatMap(({ at, by, value }) => (isShown.has(value) ? [{ at, by, id: value.id }] : []))
}

/** The state that a published snapshot stands for. What it does not list (contents that a read found removed) is not known any more. */
export function stateOfSnapshot(snapshot: ConversationSnapshot, limits: FoldLimits): ConversationState {
  const nothing = emptyState(snapshot)
  const kept = JSON.parse(snapshot.fold_json) as Partial<ConversationState> & Kept
  const placed = <T extends { readonly id: string }>(items: readonly T[], places: Kept['messages'] = []): Told<T>[] => {
    const byId = new Map(places.map((place) => [place.id, place]))
    return items.flatMap((value) => {
      const place = byId.get(value.id)
      return place === undefined ? [] : [{ at: place.at, by: place.by, value }]
    })
  }
  const state: ConversationState = {
    ...nothing,
    ...kept,
    messages: placed(snapshot.messages, kept.messages),
    comments: placed(snapshot.comments, kept.comments),
  }
  return joinConversations(state, state, limits)
}

interface Kept {
  readonly messages?: readonly { readonly id: string; readonly at: number; readonly by: string }[]
  readonly comments?: readonly { readonly id: string; readonly at: number; readonly by: string }[]
}

import type { SnapshotComment, SnapshotMessage, SnapshotPerson } from '@millrace/schemas'
import { compareTexts, compareTold, joinByKey, newestTold, type Told } from './order.ts'

/** An event that is known to have happened, whatever it told. */
export interface KnownEvent {
  readonly id: string
  /** When it happened, epoch milliseconds. */
  readonly at: number
  /** When it was received; 0 where only a read named it. */
  readonly got: number
  /** Canonical type; empty where only a read named it. */
  readonly type: string
  /** Why a read is needed; empty when it is not. */
  readonly need: '' | 'preview' | 'old-event' | 'restored' | 'merged'
  readonly lane: string
  /** The message or comment that it is about. */
  readonly about: string
  /** Its content is in the state, or nothing more can be learnt of it. */
  readonly isDone: boolean
  /** A read that began after it has been folded. */
  readonly isRead: boolean
}

/** A list as it was read; what it lacks was gone then. */
export interface Listed {
  readonly at: number
  readonly ids: readonly string[]
  /** Time of its oldest entry; 0 for none. */
  readonly oldest: number
  readonly hasMore: boolean
}

/** What is known of one conversation: parts that are ordered each by itself, so that the order of arrival means nothing. */
export interface ConversationState {
  readonly tenant: string
  readonly account: string
  readonly conversation_id: string
  readonly fields: {
    readonly subject: Told<string | null> | null
    /** `open` where only a reopening was told: the assignee then says which. */
    readonly status: Told<string | null> | null
    readonly assignee: Told<SnapshotPerson | null> | null
    readonly recipient: Told<SnapshotPerson | null> | null
    readonly tags: Told<readonly { readonly id: string; readonly name: string }[]> | null
    /** Told by whole conversations only, so its time is that of the newest whole one. */
    readonly custom_fields_json: Told<string> | null
    readonly created_at: Told<number | null> | null
  }
  /** Tags added and removed since the newest whole list, by previews. */
  readonly tag_changes: readonly Told<{ readonly id: string; readonly isOn: boolean }>[]
  /** Newest first. */
  readonly messages: readonly Told<SnapshotMessage>[]
  readonly comments: readonly Told<SnapshotComment>[]
  /** More messages or comments were seen than are kept. */
  readonly hasDropped: boolean
  readonly listed_messages: Listed | null
  readonly listed_comments: Listed | null
  /** The newest read of the whole: by Front's time of the state, and when it began by ours. */
  readonly read: { readonly at: number; readonly began: number } | null
  /** The API, or an application webhook, which tells of shared inboxes only, has shown it. */
  readonly isVisible: boolean
  readonly gone: { readonly at: number; readonly reason: string } | null
  readonly merged: { readonly into: string; readonly at: number } | null
  /** Conversations that were merged into this one, newest first. */
  readonly absorbed: readonly { readonly id: string; readonly at: number; readonly by: string }[]
  /** Newest first. */
  readonly events: readonly KnownEvent[]
  /** The newest replay of one of its events: when it was asked for, of which event, and when that happened. It wants a read. */
  readonly replayed: { readonly at: number; readonly by: string; readonly happened: number } | null
  /** When its end was found to be long ago; the published form is then a null. */
  readonly forgotten: number | null
}

export interface FoldLimits {
  /** Messages that a state keeps, and a snapshot lists, at most. */
  readonly messages: number
}

export const MAX_COMMENTS = 100
export const MAX_EVENTS = 120
const MAX_ABSORBED = 50

export function emptyState(
  about: Pick<ConversationState, 'tenant' | 'account' | 'conversation_id'>,
): ConversationState {
  return {
    tenant: about.tenant,
    account: about.account,
    conversation_id: about.conversation_id,
    fields: {
      subject: null,
      status: null,
      assignee: null,
      recipient: null,
      tags: null,
      custom_fields_json: null,
      created_at: null,
    },
    tag_changes: [],
    messages: [],
    comments: [],
    hasDropped: false,
    listed_messages: null,
    listed_comments: null,
    read: null,
    isVisible: false,
    gone: null,
    merged: null,
    absorbed: [],
    events: [],
    replayed: null,
    forgotten: null,
  }
}

/** Joins two states of one conversation. Commutative, associative and idempotent; the answer has one form, so that equal states have equal JSON. */
export function joinConversations(a: ConversationState, b: ConversationState, limits: FoldLimits): ConversationState {
  const fields = joinFields(a.fields, b.fields)
  const messages = joinByKey(
    a.messages,
    b.messages,
    contentRule(({ created_at }) => created_at),
  )
  const comments = joinByKey(
    a.comments,
    b.comments,
    contentRule(({ posted_at }) => posted_at),
  )
  const isOver = messages.length > limits.messages || comments.length > MAX_COMMENTS
  return {
    tenant: a.tenant,
    account: a.account,
    conversation_id: a.conversation_id,
    fields,
    tag_changes: joinByKey(a.tag_changes, b.tag_changes, tagRule).filter(({ at }) => at > (fields.tags?.at ?? 0)),
    messages: messages.slice(0, limits.messages),
    comments: comments.slice(0, MAX_COMMENTS),
    hasDropped: a.hasDropped || b.hasDropped || isOver,
    listed_messages: newestBy(a.listed_messages, b.listed_messages, ({ at }) => at),
    listed_comments: newestBy(a.listed_comments, b.listed_comments, ({ at }) => at),
    read: joinReads(a.read, b.read),
    isVisible: a.isVisible || b.isVisible,
    gone: newestBy(a.gone, b.gone, ({ at }) => at),
    // Front never takes a merge back; two survivors name the same one in the end.
    merged: newestBy(a.merged, b.merged, ({ at }) => at),
    absorbed: joinByKey(a.absorbed, b.absorbed, absorbedRule).slice(0, MAX_ABSORBED),
    events: joinByKey(a.events, b.events, eventRule).slice(0, MAX_EVENTS),
    // States that were stored before there were replays lack it.
    replayed: newestBy(a.replayed ?? null, b.replayed ?? null, ({ at }) => at),
    forgotten:
      a.forgotten === null || b.forgotten === null ? (a.forgotten ?? b.forgotten) : Math.max(a.forgotten, b.forgotten),
  }
}

function joinFields(a: ConversationState['fields'], b: ConversationState['fields']): ConversationState['fields'] {
  return {
    subject: newestTold(a.subject, b.subject),
    status: newestTold(a.status, b.status),
    assignee: newestTold(a.assignee, b.assignee),
    recipient: newestTold(a.recipient, b.recipient),
    tags: newestTold(a.tags, b.tags),
    custom_fields_json: newestTold(a.custom_fields_json, b.custom_fields_json),
    created_at: newestTold(a.created_at, b.created_at),
  }
}

/** Both ends rise by themselves: a read with an older state that began later still began after more events. */
function joinReads(a: ConversationState['read'], b: ConversationState['read']): ConversationState['read'] {
  if (a === null || b === null) return a ?? b
  return { at: Math.max(a.at, b.at), began: Math.max(a.began, b.began) }
}

function newestBy<T>(a: T | null, b: T | null, time: (value: T) => number): T | null {
  if (a === null || b === null) return a ?? b
  const sign = time(a) - time(b) || compareTexts(JSON.stringify(a), JSON.stringify(b))
  return sign >= 0 ? a : b
}

/** Time and id together name an entry: an entry whose time changed is another one, so that what was cut off stays cut off. */
function contentRule<T extends { readonly id: string }>(time: (content: T) => number) {
  return {
    key: ({ value }: Told<T>) => `${time(value)} ${value.id}`,
    pick: (x: Told<T>, y: Told<T>) => (compareTold(x, y) >= 0 ? x : y),
    compare: (x: Told<T>, y: Told<T>) => time(y.value) - time(x.value) || compareTexts(y.value.id, x.value.id),
  }
}

type TagChange = ConversationState['tag_changes'][number]

const tagRule = {
  key: ({ value }: TagChange) => value.id,
  pick: (x: TagChange, y: TagChange) => (compareTold(x, y) >= 0 ? x : y),
  compare: (x: TagChange, y: TagChange) => compareTexts(x.value.id, y.value.id),
}

type Absorbed = ConversationState['absorbed'][number]

const absorbedRule = {
  key: ({ id, at }: Absorbed) => `${at} ${id}`,
  pick: (x: Absorbed, y: Absorbed) => (compareTexts(x.by, y.by) >= 0 ? x : y),
  compare: (x: Absorbed, y: Absorbed) => y.at - x.at || compareTexts(y.id, x.id),
}

const eventRule = {
  key: ({ id, at }: KnownEvent) => `${at} ${id}`,
  pick: (x: KnownEvent, y: KnownEvent): KnownEvent => {
    const isFirst = compareTexts(wordsOf(x), wordsOf(y)) >= 0
    const { type, need, lane, about } = isFirst ? x : y
    return {
      id: x.id,
      at: x.at,
      got: Math.max(x.got, y.got),
      type,
      need,
      lane,
      about,
      isDone: x.isDone || y.isDone,
      isRead: x.isRead || y.isRead,
    }
  },
  compare: (x: KnownEvent, y: KnownEvent) => y.at - x.at || compareTexts(y.id, x.id),
}

/** What a read named has no type, and comes before everything. */
function wordsOf({ type, need, lane, about }: KnownEvent): string {
  return type === '' ? '' : JSON.stringify([type, need, lane, about])
}

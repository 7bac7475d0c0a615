import type { ConversationRefresh, ConversationSnapshot } from '@millrace/schemas'
import { noContent, type ReadContent, readContent } from './read-content.ts'

/** What is known of one conversation, in sections that are ordered each by itself. */
export interface SnapshotState {
  readonly tenant: string
  readonly account: string
  readonly conversation_id: string
  /** The newest read: by Front's own time of the state, then by when the read began. */
  readonly read: { readonly as_of: number; readonly at: number; readonly content: ReadContent } | null
  /** The latest time at which it could not be read. */
  readonly gone_at: number | null
  readonly merged: { readonly into: string; readonly at: number } | null
  /** The events that it reflects, and when the refresh that each caused began; newest first. */
  readonly causes: readonly { readonly id: string; readonly at: number }[]
}

const MAX_CAUSES = 50

/** Folds a refresh into what is known. */
export function foldRefresh(known: SnapshotState | undefined, refresh: ConversationRefresh): SnapshotState | undefined {
  // A fuller copy of an event would let a snapshot do without a read; this version reads after every event, so it has nothing to add.
  if (refresh.kind === 'supplement') return known
  const seen = stateOf(refresh)
  return known === undefined ? seen : joinStates(known, seen)
}

/** Joins two states of one conversation. Commutative, associative and idempotent, so that order and repetition do not matter. */
export function joinStates(a: SnapshotState, b: SnapshotState): SnapshotState {
  return {
    tenant: a.tenant,
    account: a.account,
    conversation_id: a.conversation_id,
    read: newest(a.read, b.read, (x, y) => x.as_of - y.as_of || x.at - y.at),
    gone_at: newest(a.gone_at, b.gone_at, (x, y) => x - y),
    // Front never takes a merge back; two survivors name the same one in the end.
    merged: newest(a.merged, b.merged, (x, y) => x.at - y.at),
    causes: joinCauses(a.causes, b.causes),
  }
}

function stateOf(refresh: ConversationRefresh): SnapshotState {
  const { kind, at, merged_into } = refresh
  return {
    tenant: refresh.tenant,
    account: refresh.account,
    conversation_id: refresh.conversation_id,
    read: kind === 'read' ? { as_of: refresh.updated_at ?? at, at, content: readContent(refresh) } : null,
    gone_at: kind === 'gone' ? at : null,
    merged: kind === 'merged' && merged_into !== null ? { into: merged_into, at } : null,
    // In the form that a join gives them: a refresh that comes again must change nothing.
    causes: joinCauses(
      refresh.caused_by.map((id) => ({ id, at })),
      [],
    ),
  }
}

/** The snapshot of a state. Ends carry no content: a terminal record says that, when, and into what. */
export function snapshotOf(state: SnapshotState, isFirst: boolean): ConversationSnapshot {
  const end = endOf(state)
  const read = state.read
  const isOver = end === 'merged' || end === 'gone'
  return {
    tenant: state.tenant,
    account: state.account,
    conversation_id: state.conversation_id,
    state: end,
    merged_into: end === 'merged' ? (state.merged?.into ?? null) : null,
    completeness: read !== null && !isOver ? 'full' : 'partial',
    as_of: (isOver ? (state.merged?.at ?? state.gone_at) : (read?.as_of ?? state.gone_at)) ?? 0,
    caused_by: state.causes.map(({ id }) => id),
    pending: [],
    is_first: isFirst,
    fold_json: '{}',
    ...(isOver || read === null ? noContent : read.content),
  }
}

/** What could never be read (a private inbox, seen by a rule webhook only) is not gone: it stays a partial snapshot. */
function endOf({ read, gone_at, merged }: SnapshotState): ConversationSnapshot['state'] {
  if (merged !== null) return 'merged'
  if (read !== null && gone_at !== null && gone_at > read.at) return 'gone'
  return read?.content.status === 'deleted' ? 'deleted' : 'live'
}

/** The state that a published snapshot stands for. When its read began is not in it; the time of its state is the latest that is sure. */
export function stateOfSnapshot(snapshot: ConversationSnapshot): SnapshotState {
  const { tenant, account, conversation_id, state, as_of, merged_into, caused_by } = snapshot
  const { subject, status, assignee, recipient, tags, custom_fields_json, created_at, messages, comments, has_more } =
    snapshot
  const content = {
    subject,
    status,
    assignee,
    recipient,
    tags,
    custom_fields_json,
    created_at,
    messages,
    comments,
    has_more,
  }
  const wasRead = state === 'gone' || snapshot.completeness === 'full'
  return {
    tenant,
    account,
    conversation_id,
    read: wasRead ? { as_of: state === 'gone' ? 0 : as_of, at: state === 'gone' ? 0 : as_of, content } : null,
    gone_at: state === 'gone' || (state === 'live' && !wasRead) ? as_of : null,
    merged: state === 'merged' && merged_into !== null ? { into: merged_into, at: as_of } : null,
    // Newest first as they were, which equal times would not keep.
    causes: caused_by.map((id, place) => ({ id, at: as_of - place })),
  }
}

function newest<T>(a: T | null, b: T | null, order: (x: T, y: T) => number): T | null {
  if (a === null || b === null) return a ?? b
  // Equal in time but not in content: any fixed choice will do, as long as it does not depend on the order of arrival.
  const sign = order(a, b) || compareTexts(JSON.stringify(a), JSON.stringify(b))
  return sign >= 0 ? a : b
}

function joinCauses(a: SnapshotState['causes'], b: SnapshotState['causes']): SnapshotState['causes'] {
  const latest = new Map<string, number>()
  for (const { id, at } of [...a, ...b]) latest.set(id, Math.max(at, latest.get(id) ?? 0))
  return Array.from(latest, ([id, at]) => ({ id, at }))
    .sort((x, y) => y.at - x.at || compareTexts(x.id, y.id))
    .slice(0, MAX_CAUSES)
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

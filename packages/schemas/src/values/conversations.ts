import type { Completeness } from './webhooks.ts'

/** What else tells about a conversation than its events: what was read of it, or the wish to read it. */
export interface ConversationRefresh {
  tenant: string
  account: string
  conversation_id: string
  /**
   * `read`: the API's answer. `listed`: the conversation alone, as a list or another call carried it. `supplement`: a fuller copy of a known event.
   * `gone`, `merged`: what the API said instead. `wish`: it should be read. `forget`: its end is long enough ago for a null.
   */
  kind: 'read' | 'listed' | 'supplement' | 'gone' | 'merged' | 'wish' | 'forget'
  /** When the read began, the copy was received, the merge happened or the wish came up. */
  at: number
  /** The provider's own time of the state that was read; null when it gave none. */
  updated_at: number | null
  merged_into: string | null
  caused_by: string[]
  /** When the events of `caused_by` happened, in the same order; shorter where that is not known. */
  caused_at: number[]
  /** For a wish: the lane of its calls, as the client of the API has them; else empty. */
  lane: string
  /** For a wish: `preview`, `old-event`, `history`, `merged`, `restored`, `ended`, `found` … For `gone`: `not-found`, `forbidden`. */
  reason: string
  /** JSON bytes of the conversation, its messages (newest first) and comments as the API gave them. */
  conversation: Buffer | null
  messages: Buffer | null
  comments: Buffer | null
  /** The event's bytes, for a supplement; for a wish by reason `preview`, a JSON list of the types of `caused_by`. */
  payload: Buffer | null
}

export interface SnapshotPerson {
  id: string | null
  name: string | null
  handle: string | null
}

export interface SnapshotMessage {
  id: string
  type: string
  is_inbound: boolean
  created_at: number
  subject: string | null
  blurb: string | null
  /** Plain text; cut at the size cap, see `is_truncated`. */
  text: string | null
  is_truncated: boolean
  author: SnapshotPerson | null
  recipients: { name: string | null; handle: string; role: string }[]
  attachments: { id: string | null; filename: string | null; content_type: string | null; size: number | null }[]
}

export interface SnapshotComment {
  id: string
  author: SnapshotPerson | null
  text: string
  posted_at: number
}

/** The state of one conversation as far as known. */
export interface ConversationSnapshot {
  tenant: string
  account: string
  conversation_id: string
  state: 'live' | 'deleted' | 'merged' | 'gone'
  merged_into: string | null
  completeness: Completeness
  /** The newest of the provider's times in it; of a terminal record, when it ended. */
  as_of: number
  /** The last events that it reflects, newest first, at most 100. */
  caused_by: string[]
  /** The known events that it does not reflect yet, newest first. */
  pending: string[]
  is_first: boolean
  subject: string | null
  status: string | null
  assignee: SnapshotPerson | null
  recipient: SnapshotPerson | null
  tags: { id: string; name: string }[]
  custom_fields_json: string
  created_at: number | null
  /** The last messages, newest first. */
  messages: SnapshotMessage[]
  comments: SnapshotComment[]
  /** True when older messages or comments exist than are listed, or may exist. */
  has_more: boolean
  /** The writer's own bookkeeping; not for readers. */
  fold_json: string
}

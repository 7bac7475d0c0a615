/** The last snapshot of each conversation. */
export interface ConversationsTable {
  tenant: string
  conversation_id: string
  account: string
  state: string
  merged_into: string | null
  completeness: string
  subject: string | null
  status: string | null
  /** Id, else name of the assignee; null when nobody is. */
  assignee: string | null
  /** Names and handles of who it is with and who has it, in lower case, to be searched. */
  people: string
  as_of: number
  /** When the snapshot was written. */
  written_at: number
  created_at: number | null
  message_count: number
  has_more: boolean
  caused_by: string[]
  pending: string[]
  /** What lists show of the snapshot, which may hold megabytes: assignee, recipient, tags, last_message. */
  shown: unknown
  /** The whole ConversationSnapshot without fold_json. */
  snapshot: unknown
  /** Where it is encrypted, subject and shown are in the first box and the snapshot in the other; those columns, and `people`, are empty then. */
  sealed: Buffer | null
  sealed_snapshot: Buffer | null
  words: Buffer | null
}

export interface ExtractionsTable {
  tenant: string
  event_id: string
  extraction_id: string
  /** Conversation of its event, else contact, client or the event itself; null in what was written before. */
  about_id: string | null
  client_id: string | null
  extractor: string
  extractor_version: number
  extracted_at: number
  node_ids: string[]
  relationship_ids: string[]
}

export interface NodesTable {
  tenant: string
  id: string
  type: string
  label: string
  properties: unknown
  same_as: string | null
  identities: string[]
  client_ids: string[]
  first_seen: number
  last_seen: number
  provenance: unknown
  /** Label, properties and provenance where they are encrypted; those columns are empty then. */
  sealed: Buffer | null
  words: Buffer | null
}

export interface RelationshipsTable {
  tenant: string
  id: string
  type: string
  from_id: string
  to_id: string
  properties: unknown
  client_ids: string[]
  first_seen: number
  last_seen: number
  valid_to: number | null
  provenance: unknown
  /** Properties and provenance where they are encrypted. */
  sealed: Buffer | null
}

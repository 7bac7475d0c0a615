import type { Generated } from 'kysely'
import type { AttemptsTable, DeliveriesTable, EndpointStatesTable, EndpointsTable } from './delivery-tables.ts'
import type { EventHopsTable, EventPayloadsTable, EventRunsTable, WebhookEventsTable } from './event-tables.ts'
import type {
  DeadLettersTable,
  MinuteCountsTable,
  ModesTable,
  NoticesTable,
  ParityFindingsTable,
  PollPositionsTable,
  RejectedRequestsTable,
} from './finding-tables.ts'
import type { ConversationsTable, ExtractionsTable, NodesTable, RelationshipsTable } from './knowledge-tables.ts'

/**
 * Rows of the ledger: a projection of the topics that can be emptied and built anew at any time. Times are epoch milliseconds, of the records and
 * never of the moment of projecting, so that a rebuilt ledger is the same one. JSON columns hold what the topic's value holds.
 */
export interface LedgerTables {
  webhook_events: WebhookEventsTable
  event_payloads: EventPayloadsTable
  event_hops: EventHopsTable
  event_runs: EventRunsTable
  conversations: ConversationsTable
  extractions: ExtractionsTable
  nodes: NodesTable
  relationships: RelationshipsTable
  deliveries: DeliveriesTable
  attempts: AttemptsTable
  endpoints: EndpointsTable
  endpoint_states: EndpointStatesTable
  modes: ModesTable
  poll_positions: PollPositionsTable
  parity_findings: ParityFindingsTable
  notices: NoticesTable
  dead_letters: DeadLettersTable
  rejected_requests: RejectedRequestsTable
  minute_counts: MinuteCountsTable
  ledger_changes: LedgerChangesTable
  ledger_positions: LedgerPositionsTable
  ledger_watermarks: LedgerWatermarksTable
  ledger_state: LedgerStateTable
}

/** What a live view wants to know of, in the order of commits; the oldest go. */
export interface LedgerChangesTable {
  seq: Generated<number>
  tenant: string
  kind: 'event' | 'snapshot' | 'node' | 'delivery' | 'notice' | 'dead-letter' | 'run'
  /** Of the changed thing: event id, conversation id, node id, delivery id … */
  id: string
  at: number
}

export interface LedgerPositionsTable {
  topic: string
  partition: number
  next_offset: number
}

/** Up to where the events of a partition were told settled or not. */
export interface LedgerWatermarksTable {
  partition: number
  next_offset: number
}

/** One row. */
export interface LedgerStateTable {
  single: Generated<boolean>
  /** New whenever the ledger starts from nothing. */
  incarnation: string
  cluster_id: string
  /** Everything that was written until then is in. 0 until it has caught up once. */
  as_of: number
  /** Where the rebuild under way is: records to read when it began and read of them; both 0 when none is. */
  rebuild_total: number
  rebuild_done: number
  rebuild_began_at: number | null
  /** Set by `millrace console rebuild`; the projector empties everything when it sees a newer one than it knows. */
  rebuild_asked_at: number | null
}

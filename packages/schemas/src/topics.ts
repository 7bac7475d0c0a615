import { bytesSchema, schemas } from './schema.ts'
import { RECORD_OVERHEAD_BYTES, type Topic, topic } from './topic.ts'
import type { Delivery } from './values/index.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const MIB = 1_048_576

/** The record key says whom the record is about. */
const byKey = (key: string): string => key

/** The value says it, because the record key is an endpoint's, a client's or a node's. */
const byEvent = (_key: string, value: { tenant: string; event_id: string; about_id: string | null }): string =>
  `${value.tenant}/${value.about_id ?? value.event_id}`

const conversationKey = 'tenant / conversation id, else contact id, else client id, else event id'

/** `delay`: how long a record waits in it, as in `10m`. */
function retryTopic(delay: string): Topic<Delivery> {
  return topic({
    name: `deliveries.retry.${delay}.v1`,
    schema: schemas.Delivery,
    key: 'tenant / endpoint id',
    partitions: 'events',
    cleanup: 'delete',
    retentionMs: 7 * DAY,
    maxValueBytes: 2 * MIB,
    writers: ['delivery'],
    groups: ['delivery-send'],
    summary: `Deliveries that wait ${delay}; within the topic records are in due order, but for the jitter of a tenth.`,
    subject: byEvent,
  })
}

/** The one registry of topics (DESIGN §4). No topic name is written anywhere else. */
export const topics = {
  received: topic({
    name: 'webhooks.received.v1',
    schema: schemas.ReceivedWebhook,
    key: conversationKey,
    partitions: 'events',
    cleanup: 'delete',
    retentionMs: 7 * DAY,
    maxValueBytes: 2 * MIB,
    writers: ['gateway', 'poller', 'handlers'],
    groups: ['dedup', 'poller-parity'],
    summary: 'Every accepted webhook as it came, duplicates included.',
    subject: byKey,
  }),
  events: topic({
    name: 'webhooks.events.v1',
    schema: schemas.WebhookEvent,
    key: conversationKey,
    partitions: 'events',
    cleanup: 'delete',
    retentionMs: 30 * DAY,
    maxValueBytes: 3 * MIB,
    writers: ['dedup'],
    groups: [
      'conversation-snapshot',
      'knowledge-extract',
      'delivery-request',
      'delivery-processed',
      'poller-events',
      'handlers',
    ],
    summary: 'Each event once, in arrival order per key.',
    subject: byKey,
  }),
  replays: topic({
    name: 'webhooks.replays.v1',
    schema: schemas.EventReplay,
    key: conversationKey,
    partitions: 'events',
    cleanup: 'delete',
    retentionMs: 7 * DAY,
    maxValueBytes: 3 * MIB,
    writers: ['console', 'cli'],
    groups: ['conversation-snapshot', 'knowledge-extract', 'delivery-request', 'handlers'],
    summary: 'Events to be handled once more, each by the target that it names.',
    subject: byKey,
  }),
  rejected: topic({
    name: 'webhooks.rejected.v1',
    schema: schemas.RejectedRequest,
    key: 'tenant / source',
    partitions: 1,
    cleanup: 'delete',
    retentionMs: 7 * DAY,
    maxValueBytes: RECORD_OVERHEAD_BYTES,
    writers: ['gateway'],
    groups: [],
    summary: 'A sample of the requests that could not be proven, with the rule and what explains it; no bodies.',
  }),
  refreshes: topic({
    name: 'conversations.refreshes.v1',
    schema: schemas.ConversationRefresh,
    key: 'tenant / conversation id',
    partitions: 'events',
    cleanup: 'delete',
    retentionMs: 7 * DAY,
    maxValueBytes: 4 * MIB,
    writers: ['dedup', 'poller', 'conversation-refresh'],
    groups: ['conversation-snapshot', 'conversation-refresh', 'conversation-refresh-background'],
    summary:
      'What else tells about a conversation: reads of the Front API, fuller copies of known events, wishes to read it.',
    subject: byKey,
  }),
  snapshots: topic({
    name: 'conversations.snapshots.v1',
    schema: schemas.ConversationSnapshot,
    key: 'tenant / conversation id',
    partitions: 'events',
    cleanup: 'compact',
    retentionMs: 7 * DAY,
    compactedWithinMs: DAY,
    maxValueBytes: 4 * MIB,
    writers: ['conversation-refresh', 'console'],
    groups: ['delivery-processed', 'knowledge-snapshots', 'poller-snapshots'],
    summary: 'The last known state of each conversation.',
    subject: byKey,
  }),
  observations: topic({
    name: 'knowledge.observations.v1',
    schema: schemas.KnowledgeObservation,
    key: 'tenant / node id',
    partitions: 'events',
    cleanup: 'delete',
    retentionMs: 30 * DAY,
    maxValueBytes: MIB,
    writers: ['knowledge-graph', 'console'],
    groups: ['knowledge-fold'],
    summary: 'What one extraction saw of one node and its relationships, and what folded nodes tell each other.',
    subject: (key, { tenant, about_id }) => (about_id === null ? key : `${tenant}/${about_id}`),
  }),
  nodes: topic({
    name: 'knowledge.nodes.v1',
    schema: schemas.KnowledgeNode,
    key: 'tenant / node id',
    partitions: 'events',
    cleanup: 'compact',
    retentionMs: 7 * DAY,
    // What somebody said before they were erased is gone with the next value.
    compactedWithinMs: DAY,
    maxValueBytes: MIB,
    writers: ['knowledge-graph', 'console'],
    groups: [],
    summary: 'Folded state of each node; null means gone.',
    subject: byKey,
  }),
  relationships: topic({
    name: 'knowledge.relationships.v1',
    schema: schemas.KnowledgeRelationship,
    key: 'tenant / relationship id',
    partitions: 'events',
    cleanup: 'compact',
    retentionMs: 7 * DAY,
    compactedWithinMs: DAY,
    maxValueBytes: MIB,
    writers: ['knowledge-graph', 'console'],
    groups: [],
    summary: 'Folded state of each relationship; null means gone.',
    // The node's key: there are several relationships to a node, and each key is kept for good.
    subject: (_key, { tenant, from_id }) => `${tenant}/${from_id}`,
  }),
  extractions: topic({
    name: 'knowledge.extractions.v1',
    schema: schemas.KnowledgeExtraction,
    key: 'tenant / client id, else event id',
    partitions: 'events',
    cleanup: 'delete',
    retentionMs: 30 * DAY,
    maxValueBytes: 4 * MIB,
    writers: ['knowledge-graph'],
    groups: [],
    summary: 'One record an extraction, with the answer that its caller got.',
    subject: byEvent,
  }),
  endpoints: topic({
    name: 'deliveries.endpoints.v1',
    schema: schemas.Endpoint,
    key: 'tenant / endpoint id',
    partitions: 1,
    cleanup: 'compact',
    retentionMs: 7 * DAY,
    maxValueBytes: MIB,
    writers: ['console', 'cli'],
    groups: [],
    summary: "Customers' endpoints as configured; null means removed.",
  }),
  requested: topic({
    name: 'deliveries.requested.v1',
    schema: schemas.Delivery,
    key: 'tenant / endpoint id',
    partitions: 'events',
    cleanup: 'delete',
    retentionMs: 7 * DAY,
    maxValueBytes: 2 * MIB,
    writers: ['delivery'],
    groups: ['delivery-send'],
    summary: 'One record for each event and endpoint that wants it.',
    subject: byEvent,
  }),
  retry4s: retryTopic('4s'),
  retry8s: retryTopic('8s'),
  retry10s: retryTopic('10s'),
  retry1m: retryTopic('1m'),
  retry10m: retryTopic('10m'),
  retry1h: retryTopic('1h'),
  retry6h: retryTopic('6h'),
  retry12h: retryTopic('12h'),
  endpointStates: topic({
    name: 'deliveries.endpoint-states.v1',
    schema: schemas.EndpointState,
    key: 'tenant / endpoint id',
    partitions: 1,
    cleanup: 'compact',
    retentionMs: 7 * DAY,
    maxValueBytes: RECORD_OVERHEAD_BYTES,
    writers: ['delivery'],
    groups: [],
    summary: 'Circuit breaker, failing since and disabled of each endpoint that failed; null once it is removed.',
  }),
  attempts: topic({
    name: 'deliveries.attempts.v1',
    schema: schemas.Attempt,
    key: 'tenant / endpoint id',
    partitions: 'events',
    cleanup: 'delete',
    retentionMs: 30 * DAY,
    maxValueBytes: MIB,
    writers: ['delivery'],
    groups: [],
    summary: 'One record for each HTTP try.',
    subject: byEvent,
  }),
  modes: topic({
    name: 'operations.modes.v1',
    schema: schemas.IngestMode,
    key: 'tenant / source',
    partitions: 1,
    cleanup: 'compact',
    retentionMs: 7 * DAY,
    maxValueBytes: MIB,
    writers: ['console', 'cli', 'poller'],
    groups: [],
    summary: 'By which way the events of each source count: webhook, polling or parallel; the poller writes rollbacks.',
  }),
  parity: topic({
    name: 'operations.parity.v1',
    schema: schemas.ParityFinding,
    key: 'tenant / source',
    partitions: 1,
    cleanup: 'delete',
    retentionMs: 30 * DAY,
    maxValueBytes: MIB,
    writers: ['poller'],
    groups: [],
    summary: 'How webhooks and polling compare, span by span.',
  }),
  notices: topic({
    name: 'operations.notices.v1',
    schema: schemas.Notice,
    key: 'tenant',
    partitions: 1,
    cleanup: 'delete',
    retentionMs: 30 * DAY,
    maxValueBytes: MIB,
    writers: ['poller', 'delivery', 'handlers'],
    groups: [],
    summary: 'Warnings and news for operators.',
  }),
  audit: topic({
    name: 'operations.audit.v1',
    schema: schemas.AuditEntry,
    key: 'tenant, or - for the whole installation',
    // One order for all entries: each holds the hash of the one before.
    partitions: 1,
    cleanup: 'delete',
    retentionMs: 400 * DAY,
    maxValueBytes: RECORD_OVERHEAD_BYTES,
    writers: ['console'],
    groups: [],
    summary: 'Who did what, each entry chained to the one before by its hash; millrace audit verify checks it.',
  }),
  positions: topic({
    name: 'operations.positions.v1',
    schema: schemas.PollPosition,
    key: 'tenant / account',
    partitions: 1,
    cleanup: 'compact',
    retentionMs: 7 * DAY,
    maxValueBytes: MIB,
    writers: ['poller'],
    groups: [],
    summary: "Up to where the poller has read each account's lists, and the gaps it still has to read.",
  }),
  keys: topic({
    name: 'operations.keys.v1',
    schema: schemas.DataKey,
    key: 'key id: tenant / id of a conversation, contact, client, node or event / 16 hex digits, where it is of a day yyyymmdd- before them',
    partitions: 'events',
    cleanup: 'compact',
    retentionMs: 7 * DAY,
    // A key that was destroyed is gone when its record is.
    compactedWithinMs: HOUR,
    maxValueBytes: RECORD_OVERHEAD_BYTES,
    writers: [
      'gateway',
      'dedup',
      'conversation-refresh',
      'knowledge-graph',
      'delivery',
      'poller',
      'handlers',
      'console',
      'cli',
      'toolbox',
    ],
    groups: [],
    summary: 'The data keys by which records are encrypted, wrapped by the master key; null means destroyed.',
  }),
  erasures: topic({
    name: 'operations.erasures.v1',
    schema: schemas.Erasure,
    key: 'tenant / hash of the subject; tenant / #days: keys that ended by age',
    partitions: 1,
    cleanup: 'compact',
    retentionMs: 7 * DAY,
    maxValueBytes: RECORD_OVERHEAD_BYTES,
    writers: ['console', 'cli'],
    groups: [],
    summary:
      'What was erased, by hashes alone: nothing is written of it any more. And up to which day the keys of a tenant have ended.',
  }),
} as const

/** The topics in which deliveries wait, by delay in milliseconds, shortest first: one topic, one delay. */
export const retryTiers = [
  { delayMs: 4_000, topic: topics.retry4s },
  { delayMs: 8_000, topic: topics.retry8s },
  { delayMs: 10_000, topic: topics.retry10s },
  { delayMs: 60_000, topic: topics.retry1m },
  { delayMs: 600_000, topic: topics.retry10m },
  { delayMs: 3_600_000, topic: topics.retry1h },
  { delayMs: 21_600_000, topic: topics.retry6h },
  { delayMs: 43_200_000, topic: topics.retry12h },
] as const

/**
 * Dead-letter topic of `group` for `source`. Its values are the source's own bytes, unchanged, so that a record which cannot be decoded is kept too.
 */
export function deadLetterTopic(source: Topic<never> | Topic<unknown>, group: string): Topic<Buffer> {
  return {
    name: `${source.name}.dlq.${group}`,
    schema: bytesSchema,
    key: source.key,
    partitions: source.partitions,
    cleanup: 'delete',
    retentionMs: 30 * DAY,
    maxValueBytes: 4 * MIB,
    writers: [group],
    groups: [],
    summary: `Records of ${source.name} that ${group} could not handle, with the reason in their headers.`,
  }
}

/** Every topic to create: the registry and the dead-letter topics that follow from it. */
export function allTopics(): Topic<unknown>[] {
  const own = Object.values(topics) as unknown as Topic<unknown>[]
  const dead = own.flatMap((source) => source.groups.map((group) => deadLetterTopic(source, group)))
  return [...own, ...(dead as unknown as Topic<unknown>[])]
}

import {
  type ConversationState,
  endOf,
  type FoldRules,
  foldEvent,
  foldRefresh,
  foldReplay,
  isBlank,
  isReplay,
  isReplayFor,
  isSameButReplayed,
  joinConversations,
  RECORD_CONTENT_TYPE,
  snapshotOf,
  stateOfSnapshot,
  topicKey,
  wishesOf,
} from '@millrace/domain'
import {
  type InRecord,
  type Kafka,
  type Log,
  type OutRecord,
  output,
  type PublishDetail,
  type RunningFold,
  startFold,
} from '@millrace/kafka'
import {
  type ConversationRefresh,
  type ConversationSnapshot,
  type EventReplay,
  type Topic,
  topics,
  type WebhookEvent,
} from '@millrace/schemas'
import type { Redis } from 'ioredis'
import type { Ends } from './forget-ends.ts'

export interface SnapshotParts {
  readonly kafka: Kafka
  readonly redis: Redis
  readonly log: Log
  readonly clusterId: string
  readonly rules: FoldRules
  readonly ends: Ends
  /** Called with each snapshot that is about to be written, and what is known to be written before it. */
  readonly onSnapshot: (state: ConversationState, before: ConversationState | undefined) => void
}

/** What snapshots are folded from. */
export type SnapshotInput = WebhookEvent | ConversationRefresh | EventReplay
export type RunningSnapshots = RunningFold<SnapshotInput, ConversationState>

const GROUP = 'conversation-snapshot'
const sources = [topics.events, topics.refreshes, topics.replays]

/** Snapshots are large; a transaction of many would outgrow a request. */
const MAX_BATCH = 50

/** Folds events and what is read into snapshots: one writer a conversation, nothing skipped, nothing older wins (DESIGN §7, "State"). */
export function writeSnapshots({
  kafka,
  redis,
  log,
  clusterId,
  rules,
  ends,
  onSnapshot,
}: SnapshotParts): RunningSnapshots {
  return startFold<SnapshotInput, ConversationState>({
    kafka,
    redis,
    log,
    clusterId,
    group: GROUP,
    from: sources as readonly Topic<unknown>[] as readonly Topic<SnapshotInput>[],
    into: [topics.snapshots],
    maxBatch: MAX_BATCH,
    fold: (known, record) => fold(known, record, rules),
    join: (a, b) => joinConversations(a, b, rules),
    encode: JSON.stringify,
    decode: (bytes) => JSON.parse(bytes.toString()) as ConversationState,
    publish: (key, state, detail) => {
      onSnapshot(state, detail.before)
      return recordsOf(key, state, detail)
    },
    isSilent: isBlank,
    isOver: ({ forgotten }) => forgotten !== null,
    beforePublish: (states) => ends.note(states),
    published: async function* (signal) {
      for await (const record of kafka.read(topics.snapshots, { untilEnd: true, signal })) {
        const snapshot = kafka.decode(topics.snapshots, record)
        if (snapshot === null || record.key === null) continue
        const state = stateOfSnapshot(snapshot, rules)
        if (endOf(state) !== null) await ends.note(new Map([[record.key, state]]))
        yield [record.key, state] as const
      }
    },
  })
}

function fold(known: ConversationState | undefined, { value, timestamp }: InRecord<SnapshotInput>, rules: FoldRules) {
  if (value === null) return known
  if (isReplay(value)) return isReplayFor(value, GROUP) ? foldReplay(known, value, rules) : known
  return 'kind' in value ? foldRefresh(known, value, rules) : foldEvent(known, value, timestamp, rules)
}

/** The snapshot, and what its conversation asks for or tells others. */
function recordsOf(
  key: string,
  state: ConversationState,
  { before, isFirst }: PublishDetail<SnapshotInput, ConversationState>,
): OutRecord<unknown>[] {
  if (state.forgotten !== null) return [output({ topic: topics.snapshots, key, value: null })]
  const wishes = wishesOf(before, state).map((wish) =>
    output({ topic: topics.refreshes, key: topicKey(wish.tenant, wish.conversation_id), value: wish }),
  )
  const isOld = before !== undefined && isSameButReplayed(before, state)
  return isBlank(state) || isOld ? wishes : [snapshotRecord(key, snapshotOf(state, isFirst)), ...wishes]
}

function snapshotRecord(key: string, value: ConversationSnapshot): OutRecord<unknown> {
  return output({
    topic: topics.snapshots,
    key,
    value,
    headers: {
      ce_specversion: '1.0',
      ce_id: `${value.conversation_id}@${value.as_of}`,
      ce_type: 'millrace.conversation.snapshot',
      ce_source: 'conversation-refresh',
      ce_subject: value.conversation_id,
      ce_tenant: value.tenant,
      'content-type': RECORD_CONTENT_TYPE,
    },
  })
}

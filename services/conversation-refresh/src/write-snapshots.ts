import { RECORD_CONTENT_TYPE } from '@millrace/domain'
import { type Kafka, type Log, output, type RunningFold, startFold } from '@millrace/kafka'
import { type ConversationRefresh, topics } from '@millrace/schemas'
import type { Redis } from 'ioredis'
import { foldRefresh, joinStates, type SnapshotState, snapshotOf, stateOfSnapshot } from './snapshot-state.ts'

export interface SnapshotParts {
  readonly kafka: Kafka
  readonly redis: Redis
  readonly log: Log
  readonly clusterId: string
}

/** Snapshots are large; a transaction of many would outgrow a request. */
const MAX_BATCH = 50

/** Folds what was read into snapshots: one writer a conversation, nothing skipped, nothing older wins (DESIGN §7, "State"). */
export function writeSnapshots({ kafka, redis, log, clusterId }: SnapshotParts): RunningFold<ConversationRefresh> {
  return startFold<ConversationRefresh, SnapshotState>({
    kafka,
    redis,
    log,
    clusterId,
    group: 'conversation-snapshot',
    from: topics.refreshes,
    into: [topics.snapshots],
    maxBatch: MAX_BATCH,
    fold: (known, { value }) => (value === null ? known : foldRefresh(known, value)),
    join: joinStates,
    encode: JSON.stringify,
    decode: (bytes) => JSON.parse(bytes.toString()) as SnapshotState,
    publish: (key, state, { isFirst }) => {
      const value = snapshotOf(state, isFirst)
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
    },
    published: async function* (signal) {
      for await (const record of kafka.read(topics.snapshots, { untilEnd: true, signal })) {
        const snapshot = kafka.decode(topics.snapshots, record)
        if (snapshot !== null && record.key !== null) yield [record.key, stateOfSnapshot(snapshot)] as const
      }
    },
  })
}

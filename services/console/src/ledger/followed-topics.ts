import { type Kafka, KEY_ID_HEADER, type KeyLife, keyLifeOf, type RawRecord } from '@millrace/kafka'
import { deadLetterTopic, retryTiers, type Topic, topics } from '@millrace/schemas'
import { type DeadSubject, projectDeadLetter, projectUndecodable } from './project-dead.ts'
import { projectAttempt, projectDelivery } from './project-deliveries.ts'
import { projectEvent, projectExtraction, projectReplay } from './project-events.ts'
import { projectNotice, projectParity, projectRejected } from './project-findings.ts'
import {
  projectEndpoint,
  projectEndpointState,
  projectMode,
  projectNode,
  projectPollPosition,
  projectRelationship,
  projectSnapshot,
} from './project-state.ts'
import type { LedgerRecord, LedgerRows } from './rows.ts'

/** A record that was decoded. */
export interface ReadRecord {
  /** Whom it is about; null where it is about nobody. */
  readonly subject: string | null
  /** Of the key that encrypts what becomes of it. */
  readonly life: KeyLife
  /** Written before encryption was on, or while it is off: whether its subject was erased since is not known yet. */
  readonly isPlain: boolean
  /** Adds what it tells to the rows. */
  project(rows: LedgerRows): void
}

type Read = (record: RawRecord) => ReadRecord

export interface FollowedTopics {
  /** All that the ledger is made of. */
  readonly topics: readonly Topic<unknown>[]
  /**
   * Undefined for what was erased.
   * @throws KafkaError that is retryable, where the record cannot be decoded just now
   */
  read(record: RawRecord): ReadRecord | undefined
}

/** The topics that the ledger is made of, with what becomes of their records. A record that cannot be decoded becomes a row that says so. */
export function followTopics(kafka: Pick<Kafka, 'decode'>): FollowedTopics {
  const followed = new Map<string, { readonly topic: Topic<unknown>; readonly read: Read }>()
  const follow = <V>(topic: Topic<V>, project: (rows: LedgerRows, record: LedgerRecord<V>) => void) => {
    const life = keyLifeOf(topic)
    const read: Read = (record) => {
      const [key, value] = [record.key ?? '', kafka.decode(topic, record)]
      const subject = value === null ? null : (topic.subject?.(key, value) ?? null)
      const isPlain = !record.headers.has(KEY_ID_HEADER)
      return { subject, life, isPlain, project: (rows) => project(rows, { ...record, key, value, subject }) }
    }
    followed.set(topic.name, { topic: topic as unknown as Topic<unknown>, read })
  }
  follow(topics.events, projectEvent)
  follow(topics.replays, projectReplay)
  follow(topics.snapshots, projectSnapshot)
  follow(topics.extractions, projectExtraction)
  follow(topics.nodes, projectNode)
  follow(topics.relationships, projectRelationship)
  for (const topic of [topics.requested, ...retryTiers.map((tier) => tier.topic)]) follow(topic, projectDelivery)
  follow(topics.attempts, projectAttempt)
  follow(topics.endpoints, projectEndpoint)
  follow(topics.endpointStates, projectEndpointState)
  follow(topics.modes, projectMode)
  follow(topics.positions, projectPollPosition)
  follow(topics.parity, projectParity)
  follow(topics.notices, projectNotice)
  follow(topics.rejected, projectRejected)
  for (const source of Object.values(topics) as unknown as Topic<unknown>[]) {
    for (const group of source.groups) {
      const topic = deadLetterTopic(source, group)
      const subject = subjectOf(kafka, source)
      followed.set(topic.name, {
        topic: topic as unknown as Topic<unknown>,
        read: (record) => ofNobody((rows) => projectDeadLetter(rows, record, { source, group, subject })),
      })
    }
  }
  return {
    topics: Array.from(followed.values(), ({ topic }) => topic),
    read(record) {
      try {
        return followed.get(record.topic)?.read(record)
      } catch (error) {
        const { code, retryable } = error as { readonly code?: unknown; readonly retryable?: unknown }
        if (retryable === true) throw error
        if (code === 'MR_KAFKA_ERASED') return undefined
        return ofNobody((rows) => projectUndecodable(rows, record, error as Error))
      }
    },
  }
}

function ofNobody(project: ReadRecord['project']): ReadRecord {
  return { subject: null, life: 'aging', isPlain: true, project }
}

const lines: ReadonlySet<string> = new Set([topics.requested.name, ...retryTiers.map(({ topic }) => topic.name)])

/** How a dead letter names its event: by its own value, which need not be decodable. */
function subjectOf(kafka: Pick<Kafka, 'decode'>, source: Topic<unknown>): (record: RawRecord) => DeadSubject {
  if (lines.has(source.name)) {
    return (record) => {
      const delivery = decoded(kafka, topics.requested, record) ?? undefined
      return { delivery, event_id: delivery?.event_id }
    }
  }
  if (source.name === topics.observations.name)
    return (record) => ({ event_id: decoded(kafka, topics.observations, record)?.event_id })
  if (source.name !== topics.events.name && source.name !== topics.replays.name) return () => ({})
  return ({ headers }) => ({ event_id: headers.get('ce_id')?.toString() })
}

function decoded<V>(kafka: Pick<Kafka, 'decode'>, topic: Topic<V>, record: RawRecord): V | null {
  try {
    return kafka.decode(topic, record)
  } catch {
    return null
  }
}

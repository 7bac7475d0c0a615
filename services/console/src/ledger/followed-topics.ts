import type { InRecord, Kafka, RawRecord } from '@millrace/kafka'
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
import type { LedgerRows } from './rows.ts'

/** Adds what a record tells to the rows. */
type Project = (rows: LedgerRows, record: RawRecord) => void

export interface FollowedTopics {
  /** All that the ledger is made of. */
  readonly topics: readonly Topic<unknown>[]
  readonly project: Project
}

/** The topics that the ledger is made of, with what becomes of their records. A record that cannot be decoded becomes a row that says so. */
export function followTopics(kafka: Pick<Kafka, 'decode'>): FollowedTopics {
  const followed = new Map<string, { readonly topic: Topic<unknown>; readonly project: Project }>()
  const follow = <V>(topic: Topic<V>, project: (rows: LedgerRows, record: InRecord<V>) => void) => {
    const decoding: Project = (rows, record) =>
      project(rows, { ...record, key: record.key ?? '', value: kafka.decode(topic, record) })
    followed.set(topic.name, { topic: topic as unknown as Topic<unknown>, project: decoding })
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
        project: (rows, record) => projectDeadLetter(rows, record, { source, group, subject }),
      })
    }
  }
  return {
    topics: Array.from(followed.values(), ({ topic }) => topic),
    project(rows, record) {
      try {
        followed.get(record.topic)?.project(rows, record)
      } catch (error) {
        projectUndecodable(rows, record, error as Error)
      }
    },
  }
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

import type { Kafka, RawRecord } from '@millrace/kafka'
import { deadLetterTopic, type Topic, topics } from '@millrace/schemas'
import { OperationsError } from '../errors.ts'
import { readToEnd } from '../read-records.ts'

/** Names the dead letter that was put back; on the record with no value that says so, and on the record that was written for it. */
export const REDRIVEN_HEADER = 'x-redriven-from'

/** A record that a group gave up, as far as choosing it needs. */
export interface DeadLetter {
  /** `topic-partition-offset` of the dead letter. */
  readonly position: string
  readonly key: string
  readonly code: string
  readonly reason: string
  /** When it was given up, epoch milliseconds. */
  readonly at: number
  /** By its headers; null where it is about no event. */
  readonly eventId: string | null
  /** Why it cannot be put back, in words; undefined when it can. */
  readonly obstacle: string | undefined
}

export interface LetterFilter {
  readonly tenant?: string | undefined
  readonly positions?: readonly string[] | undefined
  readonly code?: string | undefined
  readonly eventId?: string | undefined
  /** Epoch milliseconds, of when it was given up. */
  readonly since?: number | undefined
  readonly until?: number | undefined
}

export interface LetterReading {
  readonly filter: LetterFilter
  /** Why a record cannot be put back; undefined when it can. */
  readonly obstacleOf: (record: RawRecord) => string | undefined
  readonly signal: AbortSignal
}

/** A topic and the group that could not handle its records. */
export interface DeadPlace {
  readonly source: Topic<unknown>
  readonly group: string
  /** With all topics in which deliveries wait, not this one alone. */
  readonly hasAllTiers?: boolean
}

/** Stands for all topics of deliveries, where they die in whichever one they wait. */
export const ALL_DELIVERIES = 'deliveries'
/** The group that sends deliveries and gives them up. */
export const SENDERS = 'delivery-send'

/** About 300 bytes each. */
const MAX_LETTERS = 200_000

/**
 * The place by the names of its topic and group; the topic `deliveries` stands for all of the group `delivery-send`.
 * @throws OperationsError `MR_OPERATIONS_NOT_FOUND`
 */
export function findDeadPlace(topic: string, group: string): DeadPlace {
  if (topic === ALL_DELIVERIES && group === SENDERS)
    return { source: topics.requested as Topic<unknown>, group, hasAllTiers: true }
  const all = topics as unknown as Readonly<Record<string, Topic<unknown>>>
  const source =
    Object.values(all).find(({ name }) => name === topic) ?? (Object.hasOwn(all, topic) ? all[topic] : undefined)
  if (source === undefined) throw new OperationsError('MR_OPERATIONS_NOT_FOUND', `there is no topic ${topic}`)
  if (!source.groups.includes(group)) {
    const known = source.groups.join(', ') || 'none'
    throw new OperationsError(
      'MR_OPERATIONS_NOT_FOUND',
      `no group ${group} reads ${source.name}; those that do: ${known}`,
    )
  }
  return { source, group }
}

/**
 * The dead letters of a place that fit the filter and were not put back since, by when they were given up.
 * @throws OperationsError `MR_OPERATIONS_TOO_MANY` when they are more than 200,000
 */
export async function readDeadLetters(
  kafka: Kafka,
  place: DeadPlace,
  { filter, obstacleOf, signal }: LetterReading,
): Promise<DeadLetter[]> {
  const found = new Map<string, DeadLetter>()
  for await (const record of readDeadTopic(kafka, deadTopicOf(place), signal)) {
    const redriven = redrivenBy(record)
    if (redriven !== undefined) found.delete(redriven)
    else if (record.value !== null) {
      const letter = letterOf(record)
      if (fits(letter, filter)) found.set(letter.position, { ...letter, obstacle: obstacleOf(record) })
    }
    if (found.size > MAX_LETTERS)
      throw new OperationsError(
        'MR_OPERATIONS_TOO_MANY',
        `more than ${MAX_LETTERS} dead letters fit: choose fewer, by time`,
      )
  }
  return [...found.values()].sort((a, b) => a.at - b.at)
}

export function deadTopicOf({ source, group }: DeadPlace): Topic<Buffer> {
  return deadLetterTopic(source, group)
}

/** The position that a mark names; undefined for a record that is no mark. */
export function redrivenBy({ value, headers }: RawRecord): string | undefined {
  const named = value === null ? headers.get(REDRIVEN_HEADER) : undefined
  return named === undefined ? undefined : String(named)
}

/** Notes in its own topic that a dead letter was put back: the next redrive passes over it. */
export async function markRedriven(kafka: Kafka, topic: Topic<Buffer>, record: RawRecord): Promise<void> {
  await kafka.send(topic, record.key ?? '', null, { headers: { [REDRIVEN_HEADER]: record.id } })
}

/** A dead letter's headers as they were before it died. */
export function ownHeaders({ headers }: RawRecord): Record<string, Buffer> {
  const kept = [...headers].filter(
    ([name]) => !name.startsWith('kafka_dlt-') && name !== 'x-error-code' && name !== REDRIVEN_HEADER,
  )
  return Object.fromEntries(kept)
}

/** The records of a dead-letter topic. One that nothing has died in yet may be missing on the broker of an older installation. */
export async function* readDeadTopic(
  kafka: Kafka,
  topic: Topic<Buffer>,
  signal: AbortSignal,
): AsyncGenerator<RawRecord> {
  try {
    const ends = await kafka.ends(topic)
    const starts = await kafka.starts(topic)
    if ([...ends].every(([partition, end]) => end <= (starts.get(partition) ?? 0n))) return
  } catch (error) {
    if ((error as { type?: unknown }).type === 'UNKNOWN_TOPIC_OR_PARTITION') return
    throw error
  }
  yield* readToEnd(kafka, topic as Topic<unknown>, signal)
}

function letterOf({ id, key, headers, timestamp }: RawRecord): Omit<DeadLetter, 'obstacle'> {
  const eventId = headers.get('ce_id')
  return {
    position: id,
    key: key ?? '',
    code: String(headers.get('x-error-code') ?? ''),
    reason: String(headers.get('kafka_dlt-exception-message') ?? ''),
    at: timestamp,
    eventId: eventId === undefined ? null : String(eventId),
  }
}

function fits(
  letter: Omit<DeadLetter, 'obstacle'>,
  { tenant, positions, code, eventId, since, until }: LetterFilter,
): boolean {
  return (
    (tenant === undefined || letter.key === tenant || letter.key.startsWith(`${tenant}/`)) &&
    (positions === undefined || positions.includes(letter.position)) &&
    (code === undefined || letter.code === code || letter.reason.includes(code)) &&
    (eventId === undefined || letter.eventId === eventId) &&
    (since === undefined || letter.at >= since) &&
    (until === undefined || letter.at < until)
  )
}

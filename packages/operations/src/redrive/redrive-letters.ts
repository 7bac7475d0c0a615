import { setTimeout as sleep } from 'node:timers/promises'
import { headersFor, refreshRecord, replayKey, runId, topicKey } from '@millrace/domain'
import { type Kafka, KEY_ID_HEADER, type RawRecord } from '@millrace/kafka'
import { bytesSchema, type EventReplay, type Topic, topics } from '@millrace/schemas'
import {
  type DeadLetter,
  type DeadPlace,
  deadTopicOf,
  markRedriven,
  ownHeaders,
  REDRIVEN_HEADER,
  readDeadTopic,
} from './dead-letters.ts'
import { wayBack } from './way-back.ts'

export interface LetterPace {
  /** Names the redrive; the same when it goes on after it was stopped. */
  readonly id: string
  /** Id of the user or token that asked for it. */
  readonly requestedBy: string
  /** At most so many a second. */
  readonly rate: number
  /** Of deliveries: at most so many a minute to one endpoint; default half of what it takes. */
  readonly perEndpoint?: number | undefined
  readonly signal: AbortSignal
  /** Called before each; holds the redrive back until it resolves. */
  readonly mayGo?: () => Promise<void>
  readonly onProgress: (done: number) => void | Promise<void>
}

/**
 * Puts dead letters back to their group, each marked in its topic once it is, so that no other redrive takes it again. One that is put back when the
 * process dies is put back twice at most, and what reads it knows the second one: dedup by its claim, the others by the run or because they fold.
 * @param wanted by position; none of them with an obstacle
 * @returns how many; fewer than wanted only when the signal aborted
 */
export async function redriveLetters(
  kafka: Kafka,
  place: DeadPlace,
  wanted: ReadonlyMap<string, DeadLetter>,
  pace: LetterPace,
): Promise<number> {
  const topic = deadTopicOf(place)
  let [done, nextAt] = [0, Date.now()]
  try {
    for await (const record of readDeadTopic(kafka, topic, pace.signal)) {
      if (!wanted.has(record.id)) continue
      await pace.mayGo?.()
      await sleep(Math.max(0, nextAt - Date.now()), undefined, { signal: pace.signal })
      nextAt = Math.max(Date.now(), nextAt + 1_000 / pace.rate)
      const again = againOf(kafka, place, record, pace)
      if (again === undefined) continue
      await kafka.send(again.topic, again.key, again.value, {
        headers: { ...again.headers, [REDRIVEN_HEADER]: record.id },
      })
      await markRedriven(kafka, topic, record)
      await pace.onProgress(++done)
      if (done === wanted.size) break
    }
  } catch (error) {
    if (!pace.signal.aborted) throw error
  }
  return done
}

const UNREADABLE = 'its bytes cannot be read'

interface Again {
  readonly topic: Topic<unknown>
  readonly key: string
  readonly value: unknown
  readonly headers: Readonly<Record<string, Buffer | string>>
}

/** The record that brings a dead letter back; undefined for one that would have to be read and cannot. */
function againOf(kafka: Kafka, place: DeadPlace, record: RawRecord, pace: LetterPace): Again | undefined {
  const headers = ownHeaders(record)
  const way = wayBack(place)
  if (way.kind === 'source') return asItWas(kafka, place, record, headers)
  try {
    if (way.kind === 'replay') return replayOf(kafka, place.group, record, pace)
    return way.kind === 'read' ? readingOf(kafka, record, headers) : undefined
  } catch {
    return undefined
  }
}

/** Its bytes, encrypted by the key that its headers name. One that was written before encryption was switched on is encrypted now. */
function asItWas(kafka: Kafka, { source }: DeadPlace, record: RawRecord, headers: Again['headers']): Again {
  const key = record.key ?? ''
  const raw = { topic: { ...source, schema: bytesSchema, subject: () => key }, key, value: record.value, headers }
  if (kafka.cipher === undefined || record.headers.has(KEY_ID_HEADER)) return raw
  try {
    return { topic: source, key, value: kafka.decode(source, record), headers }
  } catch {
    return raw
  }
}

function replayOf(kafka: Kafka, group: string, record: RawRecord, { id, requestedBy }: LetterPace): Again | undefined {
  const event = kafka.decode(topics.events, record)
  if (event === null) return undefined
  const value: EventReplay = {
    ...event,
    reply_to: null,
    replay_id: id,
    run_id: runId(id, event),
    target_kind: 'group',
    target: group,
    keeps_ids: true,
    requested_by: requestedBy,
    replayed_at: Date.now(),
  }
  return { topic: topics.replays as Topic<unknown>, key: replayKey(event), value, headers: headersFor(event) }
}

/** A snapshot that could not be handled is made again by a read of its conversation. */
function readingOf(kafka: Kafka, record: RawRecord, headers: Record<string, Buffer>): Again | undefined {
  const snapshot = kafka.decode(topics.snapshots, record)
  if (snapshot === null) return undefined
  const wish = { kind: 'wish', lane: 'replay', reason: 'replay', at: Date.now() } as const
  const key = topicKey(snapshot.tenant, snapshot.conversation_id)
  const webhookId = headers['x-webhook-id']
  return {
    topic: topics.refreshes as Topic<unknown>,
    key,
    value: refreshRecord(snapshot, wish),
    headers: webhookId === undefined ? {} : { 'x-webhook-id': webhookId },
  }
}

/** Why a dead letter cannot be put back; undefined when it can. */
export function obstacleOfLetter(kafka: Kafka, place: DeadPlace, record: RawRecord): string | undefined {
  const way = wayBack(place)
  if (way.kind === 'none') return way.why
  if (way.kind === 'source') return undefined
  try {
    const value = way.kind === 'read' ? kafka.decode(topics.snapshots, record) : kafka.decode(topics.events, record)
    return value === null ? UNREADABLE : undefined
  } catch {
    return UNREADABLE
  }
}

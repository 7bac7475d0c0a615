import { randomUUID } from 'node:crypto'
import type { Topic } from '@millrace/schemas'
import { pauseFor } from './backoff.ts'
import type { VerbContext } from './consume.ts'
import { classify } from './errors.ts'
import { createGroupHealth } from './group-health.ts'
import { leaveOwnGroup } from './own-group.ts'
import { type FetchedRecord, type MemberPort, partitionKey, type TopicPartition } from './port.ts'
import type { Table } from './types.ts'
import { until } from './until.ts'

/** Milliseconds before a record whose schema or key is still asked for is looked at again. */
const AGAIN_MS = 200

/** The table verb: a small compacted topic as a live in-memory map. Every process reads it whole, in a group of its own that never commits. */
export function startTable<V>(verbs: VerbContext, topic: Topic<V>): Table<V> {
  const { mapper, log } = verbs
  const physical = mapper.physical(topic)
  const values = new Map<string, V>()
  const places = new Map<string, string>()
  const positions = new Map<string, bigint>()
  /** Partitions whose next record cannot be decoded yet. */
  const held = new Set<string>()
  const listeners = new Set<(key: string, value: V | undefined) => void>()
  const health = createGroupHealth()
  const stopping = new AbortController()
  const group = `${verbs.prefix}table.${topic.name}.${randomUUID()}`

  const member: MemberPort = verbs.port.member({
    group,
    topics: [physical],
    isReadCommitted: true,
    from: 'beginning',
    events: {
      assigned: (partitions) => {
        health.joined(partitions.map(partitionKey))
        for (const tp of partitions) {
          // Going on where it was: reading from the start again would show old values for a moment.
          const position = positions.get(partitionKey(tp))
          if (position !== undefined) {
            member.seek(tp, position)
            health.moved(partitionKey(tp), position)
          }
          member.resume(tp)
        }
      },
      kept: (tp) => positions.get(partitionKey(tp)),
      lost: (partitions, isVoid) => {
        if (isVoid) for (const tp of partitions) forget(tp)
      },
      records: (tp, records) => {
        // Asked for all at once; `apply` sees for each whether its key is there.
        mapper.prepareRead(records)?.catch(() => {})
        for (const record of records) if (!apply(tp, record)) return again(tp, record.offset)
      },
      rebalancing: () => {},
      passed: (tp, next) => {
        if (!held.has(partitionKey(tp))) health.passed(partitionKey(tp), next)
      },
      fatal: verbs.fatal,
    },
  })

  /** False where what wrote the record is not known yet: it and what is behind it come again. */
  const apply = (tp: TopicPartition, fetched: FetchedRecord): boolean => {
    if (fetched.offset < (positions.get(partitionKey(tp)) ?? 0n)) return true
    const raw = mapper.raw(topic.name, tp.partition, fetched)
    try {
      const { key, value } = mapper.isErased(raw) ? { key: raw.key ?? '', value: null } : mapper.decode(topic, raw)
      places.set(key, partitionKey(tp))
      if (value === null) values.delete(key)
      else values.set(key, value)
      tell(key, value ?? undefined)
    } catch (error) {
      if (classify(error).kind === 'transient') return false
      log.error({ topic: topic.name, position: raw.id, error: (error as Error).message }, 'table record skipped')
    }
    positions.set(partitionKey(tp), fetched.offset + 1n)
    return true
  }

  const again = (tp: TopicPartition, offset: bigint) => {
    positions.set(partitionKey(tp), offset)
    held.add(partitionKey(tp))
    member.pause(tp)
    void pauseFor(AGAIN_MS, stopping.signal).then(() => {
      if (stopping.signal.aborted) return
      held.delete(partitionKey(tp))
      member.seek(tp, offset)
      member.resume(tp)
    })
  }

  const forget = (tp: TopicPartition) => {
    positions.delete(partitionKey(tp))
    for (const key of [...values.keys()].filter((known) => places.get(known) === partitionKey(tp))) {
      values.delete(key)
      tell(key, undefined)
    }
  }

  const tell = (key: string, value: V | undefined) => {
    for (const listener of listeners) {
      try {
        listener(key, value)
      } catch (error) {
        log.error({ topic: topic.name, error: (error as Error).message }, 'listener of a table failed')
      }
    }
  }

  const load = async () => {
    const ends = await verbs.ends([physical], stopping.signal)
    if (!stopping.signal.aborted) void member.start()
    await until(() => health.reached(ends), stopping.signal)
  }
  const ready = load()
  // Nobody has to wait for it.
  ready.catch(() => {})
  let closed: Promise<void> | undefined
  return {
    ready,
    get: (key) => values.get(key),
    entries: () => values.entries(),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => {
      stopping.abort()
      closed ??= leaveOwnGroup(verbs, member, group)
      return closed
    },
  }
}

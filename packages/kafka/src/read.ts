import { randomUUID } from 'node:crypto'
import type { VerbContext } from './consume.ts'
import { type FetchedRecord, type MemberPort, partitionKey, type TopicPartition } from './port.ts'
import type { RawRecord, ReadOptions } from './types.ts'

interface Pending {
  readonly tp: TopicPartition
  readonly record: FetchedRecord
}

const MAX_PENDING = 2_000

/** Reads a topic outside any lasting group: a member of a group of its own that never commits. */
export async function* readTopic(
  verbs: VerbContext,
  physical: string,
  logical: string,
  options: ReadOptions,
): AsyncGenerator<RawRecord> {
  const ends = options.untilEnd === true ? await verbs.ends([physical]) : undefined
  const pending: Pending[] = []
  const positions = new Map<string, bigint>()
  const passed = new Map<string, bigint>()
  const paused = new Set<TopicPartition>()
  let failure: Error | undefined
  let notify: (() => void) | undefined
  const wake = () => notify?.()

  const member: MemberPort = verbs.port.member({
    group: `${verbs.prefix}reader.${randomUUID()}`,
    topics: [physical],
    isReadCommitted: options.uncommitted !== true,
    from: options.from ?? 'beginning',
    events: {
      assigned: (partitions) => {
        for (const tp of partitions) {
          const position = positions.get(partitionKey(tp))
          if (position !== undefined) member.seek(tp, position)
          member.resume(tp)
        }
      },
      kept: (tp) => positions.get(partitionKey(tp)),
      lost: () => {},
      records: (tp, records) => {
        for (const record of records) {
          if (record.offset < (positions.get(partitionKey(tp)) ?? 0n)) continue
          positions.set(partitionKey(tp), record.offset + 1n)
          pending.push({ tp, record })
        }
        if (pending.length > MAX_PENDING) {
          paused.add(tp)
          member.pause(tp)
        }
        wake()
      },
      rebalancing: () => {},
      passed: (tp, next) => {
        passed.set(partitionKey(tp), next)
        wake()
      },
      fatal: (error) => {
        failure = error
        wake()
      },
    },
  })
  const isAtEnd = () =>
    ends !== undefined &&
    [...ends].every(
      ([place, end]) => end === 0n || (passed.get(place) ?? 0n) >= end || (positions.get(place) ?? 0n) >= end,
    )

  const onAbort = () => wake()
  options.signal?.addEventListener('abort', onAbort)
  if (ends !== undefined && [...ends.values()].every((end) => end === 0n)) return
  void member.start()
  try {
    while (!options.signal?.aborted) {
      const next = pending.shift()
      if (next !== undefined) {
        yield verbs.mapper.raw(logical, next.tp.partition, next.record)
        continue
      }
      if (failure !== undefined) throw failure
      if (isAtEnd()) return
      for (const tp of paused) member.resume(tp)
      paused.clear()
      await new Promise<void>((resolve) => {
        notify = resolve
      })
      notify = undefined
    }
  } finally {
    options.signal?.removeEventListener('abort', onAbort)
    await member.stop()
  }
}

import { randomUUID } from 'node:crypto'
import type { VerbContext } from './consume.ts'
import { leaveOwnGroup } from './own-group.ts'
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
  const known = await endsFor(verbs, physical, options)
  if (options.signal?.aborted) return
  const ends = options.untilEnd === true ? known : undefined
  const pending: Pending[] = []
  // From the end means from where it is now, not where it will be when the group has been joined.
  const positions = new Map(options.from === 'end' ? [...known].filter(([, end]) => end > 0n) : [])
  const passed = new Map<string, bigint>()
  const paused = new Set<TopicPartition>()
  let failure: Error | undefined
  let notify: (() => void) | undefined
  const wake = () => notify?.()

  const group = `${verbs.prefix}reader.${randomUUID()}`
  const member: MemberPort = verbs.port.member({
    group,
    topics: [physical],
    isReadCommitted: options.uncommitted !== true,
    from: 'beginning',
    events: {
      assigned: (partitions) => {
        for (const tp of partitions) {
          const position = positions.get(partitionKey(tp))
          if (position !== undefined) member.seek(tp, position)
          member.resume(tp)
        }
      },
      kept: (tp) => positions.get(partitionKey(tp)),
      lost: (partitions, isVoid) => {
        if (isVoid) for (const tp of partitions) positions.delete(partitionKey(tp))
      },
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
    await leaveOwnGroup(verbs, member, group)
  }
}

async function endsFor(
  verbs: VerbContext,
  physical: string,
  { from, untilEnd, signal }: ReadOptions,
): Promise<ReadonlyMap<string, bigint>> {
  if (from !== 'end' && untilEnd !== true) return new Map()
  try {
    return await verbs.ends([physical], signal)
  } catch (error) {
    if (signal?.aborted) return new Map()
    throw error
  }
}

import { randomUUID } from 'node:crypto'
import { type MemberOptions, type MemberPort, partitionKey, type TopicPartition } from '../port.ts'
import type { MemoryBroker } from './broker.ts'
import type { MemoryGroups, Seat } from './groups.ts'

interface Reading {
  readonly tp: TopicPartition
  position: bigint
  isPaused: boolean
}

/** A member of a group of the broker in memory. */
export function createMemoryMember(broker: MemoryBroker, groups: MemoryGroups, options: MemberOptions): MemberPort {
  const { events, group } = options
  let owned = new Map<string, Reading>()
  let seat: Seat | undefined
  let isJoined = false
  let isPumping = false
  let unsubscribe: (() => void) | undefined
  const joined = Promise.withResolvers<void>()

  const startOf = (tp: TopicPartition): bigint =>
    broker.offsets(group).get(partitionKey(tp))?.next ?? (options.from === 'beginning' ? 0n : broker.high(tp))

  const assigned = (partitions: readonly TopicPartition[]) => {
    const before = owned
    owned = new Map(
      partitions.map((tp) => {
        const place = partitionKey(tp)
        return [place, before.get(place) ?? { tp, position: startOf(tp), isPaused: true }]
      }),
    )
    isJoined = true
    const lost = [...before].filter(([place]) => !owned.has(place)).map(([, { tp }]) => tp)
    if (lost.length > 0) events.lost(lost)
    for (const [place, reading] of owned) {
      if (before.has(place)) reading.position = events.kept(reading.tp) ?? reading.position
    }
    events.assigned(partitions.filter((tp) => !before.has(partitionKey(tp))))
    joined.resolve()
    pump()
  }

  const pump = () => {
    if (isPumping) return
    isPumping = true
    setImmediate(() => {
      isPumping = false
      for (const reading of owned.values()) hand(reading)
    })
  }

  const hand = (reading: Reading) => {
    const { tp, position, isPaused } = reading
    if (isPaused || owned.get(partitionKey(tp)) !== reading) return
    const { records, next } = broker.fetch(tp, position, options.isReadCommitted)
    if (next === position) return
    reading.position = next
    if (records.length > 0) events.records(tp, records, position)
    // Where the owner went back, what begins there was not taken.
    if (reading.position === next) events.passed(tp, next)
    pump()
  }

  /** Waits for topics that are not there yet, as a client does. */
  const join = () => {
    if (seat !== undefined || !options.topics.every((topic) => broker.topics.has(topic))) return
    const rebalancing = () => {
      isJoined = false
      events.rebalancing()
    }
    seat = { id: randomUUID(), topics: options.topics, rebalancing, assigned }
    groups.join(group, seat)
  }

  const leave = () => {
    if (seat !== undefined) groups.leave(group, seat)
    seat = undefined
    isJoined = false
    const gone = [...owned.values()].map(({ tp }) => tp)
    owned = new Map()
    if (gone.length > 0) events.lost(gone)
  }

  const change = (tp: TopicPartition, apply: (reading: Reading) => void) => {
    const reading = owned.get(partitionKey(tp))
    if (reading === undefined) return
    apply(reading)
    pump()
  }

  return {
    start() {
      unsubscribe = broker.onChange(() => {
        join()
        pump()
      })
      join()
      return joined.promise
    },
    seek: (tp, offset) =>
      change(tp, (reading) => {
        reading.position = offset
      }),
    pause: (tp) =>
      change(tp, (reading) => {
        reading.isPaused = true
      }),
    resume: (tp) =>
      change(tp, (reading) => {
        reading.isPaused = false
      }),
    async commit(next) {
      if (seat === undefined || !groups.isMember(group, seat)) return 'fenced'
      for (const entry of next) broker.offsets(group).set(partitionKey(entry), entry)
      return 'ok'
    },
    async rejoin() {
      leave()
      join()
    },
    isJoined: () => isJoined,
    async stop() {
      unsubscribe?.()
      leave()
      joined.resolve()
    },
  }
}

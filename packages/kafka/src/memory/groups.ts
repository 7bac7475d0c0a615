import { dealt } from '../kafkajs/assigner.ts'
import type { TopicPartition } from '../port.ts'
import type { MemoryBroker } from './broker.ts'

export interface Seat {
  readonly id: string
  readonly topics: readonly string[]
  rebalancing(): void
  assigned(partitions: readonly TopicPartition[]): void
}

/** Who is in which group. Partitions are dealt as by the kafkajs adapter: equal numbers of all topics to one member. */
export interface MemoryGroups {
  isMember(group: string, seat: Seat): boolean
  join(group: string, seat: Seat): void
  leave(group: string, seat: Seat): void
}

export function createMemoryGroups(broker: MemoryBroker): MemoryGroups {
  const groups = new Map<string, Set<Seat>>()
  const dealing = new Set<string>()

  const partitionsFor = (seat: Seat, place: number, members: number) =>
    seat.topics.flatMap((topic) => {
      const numbers = dealt(broker.topics.get(topic)?.partitions ?? 0, place, members)
      return numbers.map((partition) => ({ topic, partition }))
    })

  /** Later, so that whoever rebalances can commit before. */
  const deal = (group: string) => {
    if (dealing.has(group)) return
    dealing.add(group)
    setImmediate(() => {
      dealing.delete(group)
      const seats = [...(groups.get(group) ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1))
      seats.forEach((seat, place) => {
        seat.assigned(partitionsFor(seat, place, seats.length))
      })
    })
  }

  return {
    isMember: (group, seat) => groups.get(group)?.has(seat) === true,
    join(group, seat) {
      const seats = groups.get(group) ?? new Set()
      groups.set(group, seats)
      for (const other of seats) other.rebalancing()
      seats.add(seat)
      deal(group)
    },
    leave(group, seat) {
      const seats = groups.get(group)
      if (!seats?.delete(seat)) return
      for (const other of seats) other.rebalancing()
      deal(group)
    },
  }
}

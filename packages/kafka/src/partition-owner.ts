import type { TransactionPort } from './port.ts'

/**
 * The transactional producer of one input partition, or of one partition number of several topics that are folded together: their records may
 * touch the same keys, so whoever decides and commits does so alone, and what one topic's worker fences is fenced for all of them.
 */
export interface PartitionOwner {
  /** Runs `work` while no other worker of this partition number decides or commits. */
  alone<T>(work: () => Promise<T>): Promise<T>
  /** Rises with each fence. Whoever decided on offsets read before it has to read them again. */
  generation(): number
  /**
   * Fences older owners, unless that was done since generation `seen`; answers the generation that then holds. Only inside `alone`.
   * @throws PortError
   */
  fence(seen: number): Promise<number>
  /** The producer of the last fence; undefined when that failed. Only inside `alone`. */
  producer(): TransactionPort | undefined
  /** Counts the workers; with the last one the producer goes. */
  enter(): void
  leave(): Promise<void>
}

export function createPartitionOwner(fence: () => Promise<TransactionPort>): PartitionOwner {
  let producer: TransactionPort | undefined
  let generation = 0
  let workers = 0
  let last: Promise<unknown> = Promise.resolve()

  return {
    alone(work) {
      const turn = last.then(work)
      last = turn.catch(() => {})
      return turn
    },
    generation: () => generation,
    async fence(seen) {
      if (generation > seen && producer !== undefined) return generation
      const old = producer
      producer = undefined
      await old?.close()
      producer = await fence()
      return ++generation
    },
    producer: () => producer,
    enter: () => {
      workers++
    },
    async leave() {
      if (--workers > 0) return
      const old = producer
      producer = undefined
      await old?.close()
    },
  }
}

import { transient } from '@millrace/kafka'

/** At most so many pieces of work of one key at the same time; the others wait in order of arrival. */
export interface Limiter {
  /** @throws KafkaError `MR_KAFKA_TRANSIENT` when the limiter was closed before the work could begin */
  run<T>(key: string, work: () => Promise<T>): Promise<T>
  /** Turns away what waits; what runs goes on. */
  close(): void
}

interface Waiter {
  begin(): void
  turnAway(): void
}

export function createLimiter(limit: number): Limiter {
  const running = new Map<string, number>()
  const waiting = new Map<string, Waiter[]>()
  let isClosed = false

  const enter = (key: string): Promise<void> => {
    if (isClosed) return Promise.reject(turnedAway())
    const count = running.get(key) ?? 0
    if (count < limit) {
      running.set(key, count + 1)
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const queue = waiting.get(key) ?? []
      queue.push({ begin: resolve, turnAway: () => reject(turnedAway()) })
      waiting.set(key, queue)
    })
  }

  const leave = (key: string): void => {
    const next = waiting.get(key)?.shift()
    if (waiting.get(key)?.length === 0) waiting.delete(key)
    // The place goes from hand to hand, so that nobody who comes now gets it first.
    if (next !== undefined) {
      next.begin()
      return
    }
    const count = (running.get(key) ?? 1) - 1
    if (count === 0) running.delete(key)
    else running.set(key, count)
  }

  return {
    async run(key, work) {
      await enter(key)
      try {
        return await work()
      } finally {
        leave(key)
      }
    },
    close() {
      isClosed = true
      for (const queue of waiting.values()) for (const waiter of queue) waiter.turnAway()
      waiting.clear()
    },
  }
}

function turnedAway(): Error {
  return transient('the service is stopping')
}

import type { Logger } from './log.ts'

/** When a part is closed: lower numbers first, equal ones at the same time. */
export const closeOrder = {
  /** All goes on as before while load balancers notice that readiness is off. */
  rotation: 0,
  /** Stop taking new work: HTTP servers, pollers. */
  intake: 10,
  /** Finish what is in hand and commit it: consumers, transforms. */
  work: 20,
  /** Let go of what the work used: Kafka, Redis. */
  clients: 30,
} as const

/** Ends a part; has `deadlineMs` left. */
export type Close = (deadlineMs: number) => unknown

export interface Closers {
  add(name: string, close: Close, order?: number): void
  /** Closes everything, in order; one that fails does not keep the others from closing. True when all ended well. Shared by all callers. */
  closeAll(deadlineMs: number): Promise<boolean>
  /** Names of those that are being closed or wait for it. */
  unfinished(): string[]
}

interface Closer {
  readonly name: string
  readonly close: Close
  readonly order: number
}

export function createClosers(log: Logger): Closers {
  const closers = new Set<Closer>()
  let closing: Promise<boolean> | undefined

  async function closeOne(closer: Closer, deadlineMs: number): Promise<boolean> {
    const since = performance.now()
    try {
      await closer.close(deadlineMs)
      log.info({ part: closer.name, took_ms: Math.round(performance.now() - since) }, 'closed')
      return true
    } catch (error) {
      log.error({ part: closer.name, error }, 'closing failed')
      return false
    } finally {
      closers.delete(closer)
    }
  }

  async function closeInOrder(deadlineMs: number): Promise<boolean> {
    const end = performance.now() + deadlineMs
    let areAllWell = true
    // Asked again each round: what is closed first may still have opened something.
    while (closers.size > 0) {
      const lowest = Math.min(...[...closers].map((closer) => closer.order))
      const group = [...closers].filter((closer) => closer.order === lowest)
      const results = await Promise.all(group.map((closer) => closeOne(closer, Math.max(0, end - performance.now()))))
      areAllWell &&= results.every(Boolean)
    }
    return areAllWell
  }

  return {
    add: (name, close, order = closeOrder.work) => void closers.add({ name, close, order }),
    closeAll(deadlineMs) {
      closing ??= closeInOrder(deadlineMs)
      return closing
    },
    unfinished: () => [...closers].map((closer) => closer.name),
  }
}

import type { RequestPool, Sent } from './pool.ts'

export interface Offer {
  readonly pool: RequestPool
  /** Requests a second. */
  readonly rate: number
  /** The load ends when this aborts; answers are waited for. */
  readonly signal: AbortSignal
  request(): Buffer
  onSent(sent: Sent): void
  /**
   * Called for what could not be sent since every connection was busy: load that was offered and is no request. Without it such a request waits until
   * a connection is free, and its time counts from when it was due.
   */
  onHeldBack?(): void
}

const TICK_MS = 5

/** Offers requests by the clock, whatever becomes of the earlier ones: a sender does not slow down because the receiver does. */
export function offerLoad({ pool, rate, signal, request, onSent, onHeldBack }: Offer): Promise<void> {
  const began = performance.now()
  let offered = 0
  let pending = 0
  /** Requests before this one were due while no connection was free. */
  let late = 0
  const dueAt = (place: number) => began + ((place + 1) / rate) * 1_000
  return new Promise((resolve) => {
    const send = (waitedMs: number) => {
      pending++
      void pool.send(request()).then((sent) => {
        pending--
        onSent({ ...sent, ms: sent.ms + waitedMs })
        if (signal.aborted && pending === 0) resolve()
      })
    }
    const timer = setInterval(() => {
      if (signal.aborted) {
        clearInterval(timer)
        if (pending === 0) resolve()
        return
      }
      const due = Math.floor(((performance.now() - began) / 1_000) * rate)
      for (; offered < due; offered++) {
        if (!pool.isFull()) send(offered < late ? performance.now() - dueAt(offered) : 0)
        else if (onHeldBack !== undefined) onHeldBack()
        else {
          late = due
          return
        }
      }
    }, TICK_MS)
  })
}

import type { RequestPool, Sent } from './pool.ts'

export interface Offer {
  readonly pool: RequestPool
  /** Requests a second. */
  readonly rate: number
  /** The load ends when this aborts; answers are waited for. */
  readonly signal: AbortSignal
  request(): Buffer
  onSent(sent: Sent): void
  /** Called for what could not be sent since every connection was busy: load that was offered and got no answer. */
  onHeldBack?(): void
}

const TICK_MS = 5

/** Offers requests by the clock, whatever becomes of the earlier ones: a sender does not slow down because the receiver does. */
export function offerLoad({ pool, rate, signal, request, onSent, onHeldBack }: Offer): Promise<void> {
  const began = performance.now()
  let offered = 0
  let pending = 0
  return new Promise((resolve) => {
    const settle = (sent: Sent) => {
      pending--
      onSent(sent)
      if (signal.aborted && pending === 0) resolve()
    }
    const timer = setInterval(() => {
      if (signal.aborted) {
        clearInterval(timer)
        if (pending === 0) resolve()
        return
      }
      const due = Math.floor(((performance.now() - began) / 1_000) * rate)
      for (; offered < due; offered++) {
        const sending = pool.send(request())
        if (sending === null) onHeldBack?.()
        else {
          pending++
          void sending.then(settle)
        }
      }
    }, TICK_MS)
  })
}

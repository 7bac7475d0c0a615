import type { Server } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { closeOrder } from './closers.ts'
import type { ServiceContext } from './context.ts'

export interface RotationParts extends Pick<ServiceContext<unknown>, 'signal' | 'onClose'> {
  readonly server: Server
  /** Milliseconds in which all goes on as before while `/readyz` says no. At most half of what is left of the deadline is used. */
  readonly drainMs: number
}

/**
 * At shutdown, gives load balancers time to notice that readiness is off before the server stops: what comes meanwhile is served, and each answer tells
 * its client to connect anew.
 */
export function leaveRotation({ server, drainMs, signal, onClose }: RotationParts): void {
  server.prependListener('request', (_request, response) => {
    if (signal.aborted) response.setHeader('connection', 'close')
  })
  onClose('rotation', (deadlineMs) => delay(Math.min(drainMs, deadlineMs / 2)), { order: closeOrder.rotation })
}

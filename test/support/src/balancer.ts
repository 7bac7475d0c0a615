import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type Socket } from 'node:net'

export interface BalancedTarget {
  readonly port: number
  /** URL that answers 200 while the target may get new connections. */
  readonly readyUrl: string
}

export interface Balancer {
  readonly port: number
  /** Targets that get new connections now. */
  ready(): number
  close(): Promise<void>
}

const CHECK_EVERY_MS = 50

/**
 * A load balancer of the simplest kind: new connections go in turn to the targets that say that they are ready; open ones stay where they are until
 * one side ends them. What connects while none is ready is reset.
 * @param targets looked at again at each check: what is added gets connections once it is ready, what is taken out gets no more
 */
export async function startBalancer(targets: readonly BalancedTarget[]): Promise<Balancer> {
  let ready: readonly BalancedTarget[] = []
  let turn = 0
  const sockets = new Set<Socket>()
  const check = async () => {
    const found = await Promise.all(targets.map(async (target) => ((await isReady(target)) ? [target] : [])))
    ready = found.flat()
  }
  const timer = setInterval(() => void check(), CHECK_EVERY_MS)
  await check()

  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const target = ready[turn++ % Math.max(1, ready.length)]
    if (target === undefined) return client.resetAndDestroy()
    const upstream = connect({ port: target.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    for (const [from, to] of [[client, upstream] as const, [upstream, client] as const]) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.resetAndDestroy())
      from.on('close', () => sockets.delete(from))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    ready: () => ready.length,
    async close() {
      clearInterval(timer)
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

async function isReady({ readyUrl }: BalancedTarget): Promise<boolean> {
  try {
    return (await fetch(readyUrl, { signal: AbortSignal.timeout(1_000) })).ok
  } catch {
    return false
  }
}

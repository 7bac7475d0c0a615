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
/** On a busy machine an answer may take long, which says nothing of whether the target is ready. */
const ANSWER_WITHIN_MS = 5_000

/**
 * A load balancer of the simplest kind: new connections go in turn to the targets that say that they are ready; open ones stay where they are until
 * one side ends them. What connects while none is ready is reset.
 * @param targets looked at again at each check: what is added gets connections once it is ready, what is taken out gets no more
 */
export async function startBalancer(targets: readonly BalancedTarget[]): Promise<Balancer> {
  let turn = 0
  const sockets = new Set<Socket>()
  const follower = await followReadiness(targets)

  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const ready = follower.ready()
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
    ready: () => follower.ready().length,
    async close() {
      follower.stop()
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Asks each target by itself and one question at a time, so that neither a slow target nor an old answer tells of another moment. */
async function followReadiness(targets: readonly BalancedTarget[]) {
  const ready = new Set<BalancedTarget>()
  const asking = new Set<BalancedTarget>()
  const ask = async (target: BalancedTarget) => {
    if (asking.has(target)) return
    asking.add(target)
    if (await isReady(target)) ready.add(target)
    else ready.delete(target)
    asking.delete(target)
  }
  const look = () => Promise.all(targets.map(ask))
  const timer = setInterval(() => void look(), CHECK_EVERY_MS)
  await look()
  return {
    ready: () => targets.filter((target) => ready.has(target)),
    stop: () => clearInterval(timer),
  }
}

async function isReady({ readyUrl }: BalancedTarget): Promise<boolean> {
  try {
    const answer = await fetch(readyUrl, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    await answer.arrayBuffer()
    return answer.ok
  } catch {
    return false
  }
}

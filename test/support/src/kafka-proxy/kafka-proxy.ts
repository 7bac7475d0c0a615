import { setTimeout as sleep } from 'node:timers/promises'
import { type ProxyConnection, startTcpProxy, type TcpProxy, type TcpProxyOptions } from '../tcp-proxy.ts'
import { type Api, answeredId, apis, createFrameCutter, type RequestHead, requestHead } from './frames.ts'
import { readdressed } from './rewrite.ts'

export interface LostAnswers {
  readonly api: Api
  /** Answers to lose. Default 1. */
  readonly count?: number
  /** `drop` (default): the answer never comes, later ones do. `cut`: the connection is reset in its place. The broker has done the work in both cases. */
  readonly how?: 'drop' | 'cut'
}

export interface KafkaProxy {
  /** Addresses for the client's list of brokers. */
  readonly brokers: readonly string[]
  /** One for each broker that was met so far, with everything that a TCP proxy can do; the seeds' come first, in their order. */
  proxies(): readonly TcpProxy[]
  /** Loses the next answers of one kind. Resolves when all of them are lost. */
  loseAnswers(lost: LostAnswers): Promise<void>
  /** Requests of this kind that passed so far. */
  requests(api: Api): number
  /** Bytes of the requests of this kind that passed so far. */
  requestBytes(api: Api): number
  /** Lets requests of this kind pass at so many bytes a second, over all brokers together; null: as they come. */
  pace(api: Api, bytesPerSecond: number | null): void
  close(): Promise<void>
}

interface Loss {
  readonly api: number
  readonly how: 'drop' | 'cut'
  left: number
  readonly done: () => void
}

interface Pace {
  readonly bytesPerSecond: number
  /** `performance.now()` at which what passed so far has had its time. */
  freeAt: number
}

/** Each request passes once it has had the time that its bytes take, one after the other. */
async function paced(pace: Pace | undefined, size: number): Promise<void> {
  if (pace === undefined) return
  const now = performance.now()
  pace.freeAt = Math.max(now, pace.freeAt) + (size / pace.bytesPerSecond) * 1_000
  await sleep(pace.freeAt - now)
}

/**
 * Stands between a Kafka client and its brokers, also after the client has learned the brokers' own addresses: it rewrites them in the answers that name
 * them. It reads protocol frames, so a test can lose exactly the answer that it means. Plain text listeners only.
 */
export async function startKafkaProxy(brokers: readonly string[]): Promise<KafkaProxy> {
  const proxies = new Map<string, Promise<TcpProxy>>()
  const met: TcpProxy[] = []
  const seen = new Map<number, number>()
  const bytes = new Map<number, number>()
  const paces = new Map<number, Pace>()
  let losses: Loss[] = []

  const proxyOf = (host: string, port: number): Promise<TcpProxy> => {
    const name = `${host}:${port}`
    const known =
      proxies.get(name) ??
      startTcpProxy({ target: { host, port }, open }).then((proxy) => {
        met.push(proxy)
        return proxy
      })
    proxies.set(name, known)
    return known
  }
  const loss = (request: RequestHead): Loss['how'] | null => {
    const hit = losses.find((each) => each.api === request.api)
    if (!hit) return null
    if (--hit.left > 0) return hit.how
    losses = losses.filter((each) => each !== hit)
    hit.done()
    return hit.how
  }
  const open: NonNullable<TcpProxyOptions['open']> = (connection) => {
    const pending = new Map<number, RequestHead>()
    const requestFrames = createFrameCutter()
    const answerFrames = createFrameCutter()
    return {
      request: async (chunk) => {
        const frames = requestFrames(chunk)
        for (const frame of frames) {
          const head = requestHead(frame)
          pending.set(head.correlationId, head)
          seen.set(head.api, (seen.get(head.api) ?? 0) + 1)
          bytes.set(head.api, (bytes.get(head.api) ?? 0) + frame.length)
          await paced(paces.get(head.api), frame.length)
        }
        return Buffer.concat(frames)
      },
      response: async (chunk) => {
        const passed: Buffer[] = []
        for (const frame of answerFrames(chunk)) passed.push(await answer(frame, pending, connection))
        return Buffer.concat(passed)
      },
    }
  }
  const answer = async (
    frame: Buffer,
    pending: Map<number, RequestHead>,
    connection: ProxyConnection,
  ): Promise<Buffer> => {
    const request = pending.get(answeredId(frame))
    if (!request) return frame
    pending.delete(request.correlationId)
    const how = loss(request)
    if (how === 'cut') connection.cut()
    return how ? Buffer.alloc(0) : readdressed(frame, request, proxyOf)
  }

  for (const broker of brokers) await proxyOf(...splitAddress(broker))
  const seeds = [...met]
  return {
    brokers: seeds.map((proxy) => `${proxy.host}:${proxy.port}`),
    proxies: () => met,
    loseAnswers: ({ api, count = 1, how = 'drop' }) =>
      new Promise((done) => {
        losses.push({ api: apis[api], how, left: count, done })
      }),
    requests: (api) => seen.get(apis[api]) ?? 0,
    requestBytes: (api) => bytes.get(apis[api]) ?? 0,
    pace: (api, bytesPerSecond) => {
      if (bytesPerSecond === null) paces.delete(apis[api])
      else paces.set(apis[api], { bytesPerSecond, freeAt: 0 })
    },
    close: async () => {
      await Promise.all(met.map((proxy) => proxy.close()))
    },
  }
}

function splitAddress(address: string): [host: string, port: number] {
  const colon = address.lastIndexOf(':')
  return [address.slice(0, colon), Number(address.slice(colon + 1))]
}

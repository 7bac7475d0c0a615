import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Kind } from './load.ts'

/** One HTTP server for many endpoints, told apart by path, which counts what a receiver would count. */
export interface CountingReceiver {
  readonly url: string
  requests(): number
  /** `endpoint number` of each event that was answered 200. */
  accepted(): ReadonlySet<string>
  /** Most requests open at the same time at one endpoint. */
  mostOpen(): number
  /** Milliseconds from `at` (epoch milliseconds) to the first request after it, at any endpoint. */
  silenceAfter(at: number): number
  /** Most requests at one endpoint within any span of so many milliseconds. */
  mostIn(spanMs: number): number
  /** When each event that was answered 200 more than once was so for the first time, and among all repeats those under another webhook-id. */
  repeated(): { readonly firstAt: readonly number[]; readonly otherId: number }
  /** Events that an ordered endpoint accepted after a later one of their conversation. */
  inversions(): number
  close(): Promise<void>
}

interface Seen {
  readonly kind: Kind
  open: number
  most: number
  readonly at: number[]
  readonly ids: Map<number, string>
  readonly acceptedAt: Map<number, number[]>
  /** Number of the last event accepted, by conversation. */
  readonly last: Map<string, number>
  inversions: number
  otherIds: number
}

export async function startCountingReceiver(kindOf: (path: string) => Kind): Promise<CountingReceiver> {
  const endpoints = new Map<string, Seen>()
  const accepted = new Set<string>()

  const seenAt = (path: string): Seen => {
    const known = endpoints.get(path)
    if (known !== undefined) return known
    const seen: Seen = {
      kind: kindOf(path),
      open: 0,
      most: 0,
      at: [],
      ids: new Map(),
      acceptedAt: new Map(),
      last: new Map(),
      inversions: 0,
      otherIds: 0,
    }
    endpoints.set(path, seen)
    return seen
  }

  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '').slice(1)
    const seen = seenAt(path)
    seen.at.push(Date.now())
    seen.most = Math.max(seen.most, ++seen.open)
    response.once('close', () => seen.open--)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { nth, conversation } = numberIn(Buffer.concat(chunks))
    const id = String(request.headers['webhook-id'])
    const before = seen.ids.get(nth)
    if (before !== undefined && before !== id) seen.otherIds++
    seen.ids.set(nth, id)
    await delay(seen.kind === 'slow' ? 300 + Math.random() * 700 : Math.random() * 40)
    // Broken off meanwhile: what the receiver did of it, its sender does not know.
    const isBad = seen.kind.endsWith('shaky') && Math.random() < 0.15
    if (isBad) return void response.writeHead(500).end()
    accepted.add(`${path} ${nth}`)
    const times = [...(seen.acceptedAt.get(nth) ?? []), Date.now()]
    seen.acceptedAt.set(nth, times)
    if (times.length === 1) {
      if ((seen.last.get(conversation) ?? -1) > nth && seen.kind.startsWith('ordered')) seen.inversions++
      seen.last.set(conversation, Math.max(nth, seen.last.get(conversation) ?? -1))
    }
    response.writeHead(200).end('ok')
  }

  const server = createServer((request, response) => {
    take(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const all = () => [...endpoints.values()]
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => all().reduce((sum, { at }) => sum + at.length, 0),
    accepted: () => accepted,
    mostOpen: () => Math.max(0, ...all().map(({ most }) => most)),
    silenceAfter: (since) =>
      Math.min(...all().flatMap(({ at }) => at.filter((time) => time > since).slice(0, 1))) - since,
    mostIn: (spanMs) => Math.max(0, ...all().map(({ at }) => mostWithin(at, spanMs))),
    repeated: () => ({
      firstAt: all().flatMap(({ acceptedAt }) =>
        [...acceptedAt.values()].flatMap(([first, ...again]) =>
          first === undefined || again.length === 0 ? [] : [first],
        ),
      ),
      otherId: all().reduce((sum, { otherIds }) => sum + otherIds, 0),
    }),
    inversions: () => all().reduce((sum, { inversions }) => sum + inversions, 0),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Most of the ascending times that lie within one span. */
export function mostWithin(times: readonly number[], spanMs: number): number {
  let first = 0
  let most = 0
  for (const [place, time] of times.entries()) {
    while ((times[first] ?? time) <= time - spanMs) first++
    most = Math.max(most, place - first + 1)
  }
  return most
}

/** The event's number and conversation, from the body `{type, timestamp, data}`. */
function numberIn(body: Buffer): { nth: number; conversation: string } {
  const text = body.toString()
  const nth = /"nth":(\d+)/.exec(text)?.[1]
  const conversation = /"conversation":"(cnv_\d+)"/.exec(text)?.[1]
  if (nth === undefined || conversation === undefined)
    throw new Error(`a body without its number: ${text.slice(0, 200)}`)
  return { nth: Number(nth), conversation }
}

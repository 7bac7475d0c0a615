import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Rule, verifyStandardWebhook } from '@millrace/signing'

/** How the receiver behaves towards one request: a status, or worse. */
export type Behaviour =
  | number
  /** Never answers. */
  | 'hang'
  /** Resets the connection. */
  | 'reset'
  /** Answers this status after so many milliseconds. */
  | {
      readonly status?: number
      readonly delayMs?: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }

export interface ReceivedRequest {
  readonly at: number
  readonly path: string
  /** `webhook-id`; empty when the header is missing. */
  readonly id: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** `ok`, or the rule of the signature check that failed. */
  readonly verdict: 'ok' | Rule
  /** What it was answered; null while open, hung or reset. */
  status: number | null
}

export interface ReceiverOptions {
  /** Default 0: a free one. */
  readonly port?: number
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string
  /** Where senders reach it, when that is not 127.0.0.1 and the port. */
  readonly url?: string
  /** Secret of the endpoint (`whsec_…`), or several during a rotation, or `whpk_…` for ed25519. */
  readonly secret: string | readonly string[]
}

export interface Receiver {
  /** URL to add as an endpoint. */
  readonly url: string
  readonly port: number
  /** All requests so far, in order of arrival. */
  requests(): readonly ReceivedRequest[]
  /** The tries of one `webhook-id`. */
  tries(id: string): readonly ReceivedRequest[]
  /** Behaves so towards the next requests, one each; afterwards 200 again. A request with a bad signature gets 401 in any case. */
  failWith(behaviours: readonly Behaviour[]): void
  /** Behaves so towards every request from now on; undefined ends it. */
  always(behaviour: Behaviour | undefined): void
  /** Replaces the secrets that signatures are checked against. */
  setSecrets(secrets: readonly string[]): void
  /** Requests open at the same time, at most, so far. */
  peakInFlight(): number
  reset(): void
  close(): Promise<void>
}

const MAX_KEPT = 100_000
const CONTROL = '/_control'

/** A customer's endpoint: checks Standard Webhooks signatures, keeps what came, and fails as it is told. */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  let secrets: readonly string[] = [options.secret].flat()
  let kept: ReceivedRequest[] = []
  let planned: Behaviour[] = []
  let standing: Behaviour | undefined
  let open = 0
  let peak = 0

  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const received = receivedFrom(request, await bodyOf(request), secrets)
    if (kept.length < MAX_KEPT) kept.push(received)
    if (received.verdict !== 'ok') return answer(response, received, { status: 401, body: received.verdict })
    await answer(response, received, planned.shift() ?? standing ?? 200)
  }
  const receiver: Receiver = {
    get url() {
      return `${options.url ?? `http://127.0.0.1:${receiver.port}`}/webhooks`
    },
    get port() {
      return (server.address() as AddressInfo).port
    },
    requests: () => kept,
    tries: (id) => kept.filter((request) => request.id === id),
    failWith: (behaviours) => void planned.push(...behaviours),
    always: (behaviour) => {
      standing = behaviour
    },
    setSecrets: (given) => {
      secrets = given
    },
    peakInFlight: () => peak,
    reset: () => {
      kept = []
      planned = []
      standing = undefined
      peak = open
    },
    close: async () => {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
  const server = createServer((request, response) => {
    if (request.url?.startsWith(CONTROL))
      return void control(receiver, request, response).catch((error) => problem(response, error))
    // Deliveries are posted; whoever looks whether the receiver is up must not be taken for one.
    if (request.method !== 'POST') return void response.writeHead(405, { allow: 'POST' }).end()
    open++
    peak = Math.max(peak, open)
    response.once('close', () => open--)
    // A request that breaks off has nobody to answer.
    take(request, response).catch(() => response.destroy())
  })
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  await once(server, 'listening')
  return receiver
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function receivedFrom(request: IncomingMessage, body: Buffer, secrets: readonly string[]): ReceivedRequest {
  const entries = Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(', ')])
  const headers: Record<string, string> = Object.fromEntries(entries)
  const verdict = verifyStandardWebhook({ headers, body }, secrets, Date.now())
  return {
    at: Date.now(),
    path: request.url ?? '',
    id: headers['webhook-id'] ?? '',
    headers,
    body,
    verdict,
    status: null,
  }
}

async function answer(response: ServerResponse, received: ReceivedRequest, behaviour: Behaviour): Promise<void> {
  if (behaviour === 'hang') return
  if (behaviour === 'reset') {
    response.socket?.resetAndDestroy()
    return
  }
  const plan = typeof behaviour === 'number' ? { status: behaviour } : behaviour
  if (plan.delayMs) await sleep(plan.delayMs)
  received.status = plan.status ?? 200
  response.writeHead(received.status, { 'content-type': 'text/plain', ...plan.headers }).end(plan.body ?? '')
}

/** Lets another process drive the receiver: `GET /_control`, `GET /_control/requests`, `POST /_control/fail`, `POST /_control/always`, `POST /_control/reset`. */
async function control(receiver: Receiver, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = (await bodyOf(request)).toString()
  const body: unknown = text === '' ? undefined : JSON.parse(text)
  const routes: Record<string, () => unknown> = {
    [`GET ${CONTROL}`]: () => ({ requests: receiver.requests().length, peak_in_flight: receiver.peakInFlight() }),
    [`GET ${CONTROL}/requests`]: () => receiver.requests().map((each) => ({ ...each, body: each.body.toString() })),
    [`POST ${CONTROL}/fail`]: () => receiver.failWith(body as Behaviour[]),
    [`POST ${CONTROL}/always`]: () => receiver.always((body ?? undefined) as Behaviour | undefined),
    [`POST ${CONTROL}/secrets`]: () => receiver.setSecrets(body as string[]),
    [`POST ${CONTROL}/reset`]: () => receiver.reset(),
  }
  const route = routes[`${request.method} ${request.url}`]
  if (!route) response.writeHead(404).end()
  else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(route() ?? {}))
}

function problem(response: ServerResponse, error: unknown): void {
  response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ problem: String(error) }))
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'

/** Something that goes wrong with the next calls. */
export interface Fault {
  /** Part of the path that a call must have; every call without it. */
  readonly path?: string
  /** Calls that it hits; without it, all until it is cleared. */
  readonly count?: number
  /** Milliseconds before anything else happens; with nothing else given, the call is then answered as usual. */
  readonly latencyMs?: number
  readonly status?: number
  /** Text of the error body for `status`. */
  readonly message?: string
  readonly headers?: Readonly<Record<string, string>>
  /** The answer's body as it is, with `status` or 200. */
  readonly body?: string
  /**
   * `hang`: no answer ever. `reset`: the connection is reset. `malformed`: 200 and half of a JSON text. `slow-body`: headers and a first byte, then
   * nothing. `endless-body`: bytes that never stop.
   */
  readonly how?: 'hang' | 'reset' | 'malformed' | 'slow-body' | 'endless-body'
}

export interface Faults {
  add(...faults: Fault[]): void
  clear(): void
  /** The first fault that hits a call of this path, counted down. */
  take(path: string): Fault | undefined
}

export function createFaults(): Faults {
  let list: { fault: Fault; left: number }[] = []
  return {
    add: (...faults) =>
      void list.push(...faults.map((fault) => ({ fault, left: fault.count ?? Number.POSITIVE_INFINITY }))),
    clear: () => {
      list = []
    },
    take: (path) => {
      const hit = list.find(({ fault }) => path.includes(fault.path ?? ''))
      if (hit && --hit.left <= 0) list = list.filter((entry) => entry !== hit)
      return hit?.fault
    },
  }
}

/** Front's error body. */
export function errorBody(status: number, message: string): object {
  const titles: Record<number, string> = {
    401: 'Unauthenticated',
    403: 'Forbidden',
    404: 'Not found',
    429: 'Too many requests',
  }
  return { _error: { status, title: titles[status] ?? 'Error', message } }
}

/** Does what the fault says; false when the call is to be answered as usual. */
export async function applyFault(fault: Fault, reply: FastifyReply): Promise<boolean> {
  if (fault.latencyMs) await sleep(fault.latencyMs)
  if (fault.how) return misbehave(fault.how, reply)
  if (fault.status === undefined && fault.body === undefined) return false
  const status = fault.status ?? 200
  reply
    .code(status)
    .headers(fault.headers ?? {})
    .type('application/json')
  await reply.send(fault.body ?? errorBody(status, fault.message ?? 'Injected by a test'))
  return true
}

function misbehave(how: NonNullable<Fault['how']>, reply: FastifyReply): boolean {
  reply.hijack()
  const response = reply.raw
  if (how === 'reset') response.socket?.resetAndDestroy()
  if (how === 'malformed') response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"cnv_1","subj')
  if (how === 'slow-body')
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write('{')
  if (how === 'endless-body') pour(response.writeHead(200, { 'content-type': 'application/json' }))
  return true
}

function pour(response: FastifyReply['raw']): void {
  const spaces = Buffer.alloc(65_536, ' ')
  const more = (): void => {
    if (!response.destroyed) response.write(spaces, () => setImmediate(more))
  }
  more()
}

import type { ConnectTrace } from './connect-target.ts'
import type { Connection } from './keep-connections.ts'
import type { Headers } from './wait-hints.ts'

/** The answer is of no use to us beyond its status; this much is read so that a connection can be used again. */
const MAX_ANSWER_BYTES = 65_536
const KEPT_BYTES = 1_024
/** Interim answers (1xx) that are taken before the real one. */
const MAX_INTERIM = 20

/** What one try has come to so far; true at every moment, so also when it fails half-way. */
export interface Progress extends ConnectTrace {
  wasSent: boolean
  statusCode: number | null
  headers: Headers
  firstByteMs: number | null
  bytesSent: number
  bytesReceived: number
  /** The first KEPT_BYTES of the answer's body. */
  kept: Buffer[]
}

export function noProgress(): Progress {
  return {
    phase: 'none',
    dnsMs: null,
    connectMs: null,
    tlsMs: null,
    address: null,
    wasSent: false,
    statusCode: null,
    headers: {},
    firstByteMs: null,
    bytesSent: 0,
    bytesReceived: 0,
    kept: [],
  }
}

export interface Outgoing {
  readonly method: 'POST' | 'OPTIONS'
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | null
}

/** An answer that does not keep to HTTP in a way that the parser takes. */
export class BadAnswer extends Error {
  override readonly name = 'BadAnswer'
}

const enough = new Error('enough of the answer has been read')

/**
 * Sends one request and reads its answer up to the limit, raw: nothing is decompressed or followed. `trace`: told how far it came, where that is not
 * the progress of the same try.
 * @throws what the connection failed with
 */
export function exchange(
  connection: Connection,
  { method, path, headers, body }: Outgoing,
  progress: Progress,
  trace: ConnectTrace = progress,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let sentAt = 0
  let interim = 0
  connection.client.dispatch(
    { method, path, headers, body },
    {
      onRequestStart() {
        sentAt = performance.now()
        trace.phase = method === 'OPTIONS' ? 'consent' : 'headers'
        trace.address = connection.address
        if (method !== 'POST') return
        progress.wasSent = true
        progress.bytesSent = body?.length ?? 0
      },
      onResponseStart(controller, statusCode, answered) {
        if (statusCode < 200) {
          if (++interim > MAX_INTERIM) controller.abort(new BadAnswer('interim answers without end'))
          return
        }
        progress.firstByteMs = performance.now() - sentAt
        progress.statusCode = statusCode
        progress.headers = answered
        if (method === 'POST') trace.phase = 'body'
      },
      onResponseData(controller, chunk) {
        const room = KEPT_BYTES - progress.bytesReceived
        // A copy: the chunk is a view of the parser's memory.
        if (room > 0) progress.kept.push(Buffer.from(chunk.subarray(0, room)))
        progress.bytesReceived += chunk.length
        if (progress.bytesReceived < MAX_ANSWER_BYTES) return
        progress.bytesReceived = MAX_ANSWER_BYTES
        controller.abort(enough)
      },
      onResponseEnd: () => resolve(),
      onResponseError: (_, error) => (error === enough ? resolve() : reject(error)),
    },
  )
  return promise
}

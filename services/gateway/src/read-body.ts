import type { IncomingMessage } from 'node:http'
import { GatewayError } from './errors.ts'

/** Bytes of bodies in hand over all requests, with a bound. */
export interface ByteBudget {
  take(bytes: number): boolean
  give(bytes: number): void
  inHand(): number
}

export function createByteBudget(limit: number): ByteBudget {
  let inHand = 0
  return {
    take(bytes) {
      if (inHand + bytes > limit) return false
      inHand += bytes
      return true
    },
    give: (bytes) => {
      inHand -= bytes
    },
    inHand: () => inHand,
  }
}

/**
 * The body's bytes as they came, at most `limit` of them. The refusal is returned, not thrown: Fastify closes the connection when a parser fails,
 * and a sender that is still writing would lose the answer with it; Node reads the rest of the body away after the answer.
 * What was taken from `budget` is given back when `whenDone` calls.
 */
export function readBody(
  request: IncomingMessage,
  limit: number,
  budget: ByteBudget,
  whenDone: (release: () => void) => void,
): Promise<Buffer | GatewayError> {
  const refused = refusedByHeaders(request, limit)
  if (refused !== undefined) return Promise.resolve(refused)
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    let taken = 0
    whenDone(() => budget.give(taken))

    const settle = (result: Buffer | GatewayError) => {
      request.off('data', onData).off('end', onEnd).off('close', onBroken).off('error', onBroken)
      if (result instanceof GatewayError) request.resume()
      resolve(result)
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) return settle(tooLarge(limit))
      if (!budget.take(chunk.length)) return settle(new GatewayError('MR_GATEWAY_OVERLOADED', { retryAfterSeconds: 2 }))
      taken += chunk.length
      chunks.push(chunk)
    }
    const onEnd = () => settle(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size))
    const onBroken = () => settle(new GatewayError('MR_GATEWAY_BAD_REQUEST'))
    request.on('data', onData).once('end', onEnd).once('close', onBroken).on('error', onBroken)
  })
}

function refusedByHeaders({ headers }: IncomingMessage, limit: number): GatewayError | undefined {
  if (Number(headers['content-length']) > limit) return tooLarge(limit)
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== '' && encoding.toLowerCase() !== 'identity') {
    return new GatewayError('MR_GATEWAY_CONTENT_ENCODING')
  }
  return undefined
}

function tooLarge(limit: number): GatewayError {
  return new GatewayError('MR_GATEWAY_BODY_TOO_LARGE', { detail: `The body is larger than ${limit} bytes.` })
}

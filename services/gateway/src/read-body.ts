import { GatewayError } from './errors.ts'
import type { Exchange, WebhookRequest } from './exchange.ts'

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
 * The body's bytes as they came, at most `limit` of them. After a refusal the rest is read away, so that a sender that is still writing gets its
 * answer. What is taken from `budget` is counted in the exchange, and given back at its end. A body that is there already is given at once.
 * @throws GatewayError `MR_GATEWAY_BODY_TOO_LARGE`, `MR_GATEWAY_CONTENT_ENCODING`, `MR_GATEWAY_OVERLOADED`, `MR_GATEWAY_BAD_REQUEST`
 */
export function readBody(exchange: Exchange, limit: number, budget: ByteBudget): Buffer | Promise<Buffer> {
  const { request } = exchange
  const refused = refusedByHeaders(request, limit)
  if (refused !== undefined) throw refused
  if ('body' in request) {
    const { body } = request
    return Buffer.isBuffer(body) ? taken(body, exchange, budget) : body.then((all) => taken(all, exchange, budget))
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0

    let isSettled = false
    const refuse = (error: GatewayError) => {
      if (isSettled) return
      isSettled = true
      // Listeners stay: the rest flows past them, away.
      chunks.length = 0
      reject(error)
    }
    const onData = (chunk: Buffer) => {
      if (isSettled) return
      size += chunk.length
      if (size > limit) return refuse(tooLarge(limit))
      if (!budget.take(chunk.length)) return refuse(noRoom())
      exchange.bytesInHand += chunk.length
      chunks.push(chunk)
    }
    const onEnd = () => {
      if (isSettled) return
      isSettled = true
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size))
    }
    // Also after the end, when there is nothing to refuse any more, and an error with its stack is dear.
    const onBroken = () => {
      if (!isSettled) refuse(new GatewayError('MR_GATEWAY_BAD_REQUEST'))
    }
    request.on('data', onData).on('end', onEnd).on('close', onBroken).on('error', onBroken)
  })
}

function taken(body: Buffer, exchange: Exchange, budget: ByteBudget): Buffer {
  if (!budget.take(body.length)) throw noRoom()
  exchange.bytesInHand += body.length
  return body
}

function noRoom(): GatewayError {
  return new GatewayError('MR_GATEWAY_OVERLOADED', { retryAfterSeconds: 2 })
}

function refusedByHeaders({ headers }: WebhookRequest, limit: number): GatewayError | undefined {
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

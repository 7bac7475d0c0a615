import { GatewayError } from './errors.ts'
import type { Exchange, WebhookRequest } from './exchange.ts'

/** Bytes of bodies in hand over all requests, with a bound. */
export interface ByteBudget {
  take(bytes: number): boolean
  /** As `take`, of a body whose end is not in sight: those of one address have an eighth of the bound, and all of them half of it. */
  takePart(bytes: number, address: string): boolean
  /** Parts that were taken are no parts any more; their bytes stay in hand. */
  endPart(bytes: number, address: string): void
  give(bytes: number): void
  inHand(): number
}

export function createByteBudget(limit: number): ByteBudget {
  const parts = new Map<string, number>()
  let inParts = 0
  let inHand = 0
  const take = (bytes: number) => {
    if (inHand + bytes > limit) return false
    inHand += bytes
    return true
  }
  return {
    take,
    takePart(bytes, address) {
      const ofAddress = (parts.get(address) ?? 0) + bytes
      if (ofAddress > limit / 8 || inParts + bytes > limit / 2 || !take(bytes)) return false
      parts.set(address, ofAddress)
      inParts += bytes
      return true
    },
    endPart(bytes, address) {
      const left = (parts.get(address) ?? 0) - bytes
      if (left > 0) parts.set(address, left)
      else parts.delete(address)
      inParts -= bytes
    },
    give: (bytes) => {
      inHand -= bytes
    },
    inHand: () => inHand,
  }
}

/** Whoever sends no more than this, and stops, holds little: as much as there are connections. */
const SMALL_BYTES = 16_384

/**
 * The body's bytes as they came, at most `limit` of them. After a refusal the rest is read away, so that a sender that is still writing gets its
 * answer. What is taken from `budget` is counted in the exchange, and given back at its end. A body that is there already is given at once.
 * Large bodies that do not end leave room for others: whoever sends many and stops cannot have all senders turned away.
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
    let inParts = 0

    let isSettled = false
    const settle = () => {
      isSettled = true
      if (inParts > 0) budget.endPart(inParts, exchange.address)
    }
    const refuse = (error: GatewayError) => {
      if (isSettled) return
      settle()
      // Listeners stay: the rest flows past them, away.
      chunks.length = 0
      reject(error)
    }
    const onData = (chunk: Buffer) => {
      if (isSettled) return
      size += chunk.length
      if (size > limit) return refuse(tooLarge(limit))
      const isPart = size > SMALL_BYTES
      const fits = isPart ? budget.takePart(chunk.length, exchange.address) : budget.take(chunk.length)
      if (!fits) return refuse(noRoom())
      if (isPart) inParts += chunk.length
      exchange.bytesInHand += chunk.length
      chunks.push(chunk)
    }
    const onEnd = () => {
      if (isSettled) return
      settle()
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

import type { Log } from '@millrace/kafka'
import type { Answer, Exchange } from './exchange.ts'
import { PROBLEM_TYPE, problemText, type Refusal, refusalOf } from './problems.ts'

/** Headers of every answer of the gateway. */
export const commonHeaders = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' } as const

/** Writes the answer of an exchange, once; one whose caller has gone is dropped. */
export function respond(exchange: Exchange, { statusCode, type, body }: Answer, isLast: boolean): void {
  const { response } = exchange
  if (response.headersSent || response.destroyed) return
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  const head = [
    'x-webhook-id',
    exchange.webhookId,
    'x-content-type-options',
    commonHeaders['x-content-type-options'],
    'cache-control',
    commonHeaders['cache-control'],
    'content-type',
    type,
    'content-length',
    String(length),
  ]
  if (isLast) head.push('connection', 'close')
  for (const name in exchange.headers) head.push(name, exchange.headers[name] as string)
  response.writeHead(statusCode, head)
  // ASCII, as most answers are, is written with its head as it is.
  response.end(body, length === body.length ? 'latin1' : 'utf8')
}

/** Turns an error into the refusal that its caller gets, and notes it in the exchange. */
export function refusing(error: unknown, exchange: Exchange | undefined, log: Log, webhookId?: string): Refusal {
  const refusal = refusalOf(error, exchange?.webhookId ?? webhookId)
  if (exchange !== undefined) {
    exchange.code = refusal.problem.code
    exchange.rule = refusal.problem.rule
  }
  if (refusal.isBug) log.error({ error, webhook_id: refusal.problem.webhook_id }, 'a request failed by a fault of ours')
  return refusal
}

export interface RefusalParts {
  readonly log: Log
  /** Address under which senders reach the gateway; `type` of a problem is a URL below it. */
  readonly baseUrl: string | undefined
}

/** Answers with the problem document of an error. */
export function refuse(exchange: Exchange, error: unknown, isLast: boolean, { log, baseUrl }: RefusalParts): void {
  const { problem, headers, isBug } = refusing(error, exchange, log)
  // Headers that were to be sent may be the fault.
  exchange.headers = isBug ? headers : { ...exchange.headers, ...headers }
  respond(exchange, { statusCode: problem.status, type: PROBLEM_TYPE, body: problemText(problem, baseUrl) }, isLast)
}

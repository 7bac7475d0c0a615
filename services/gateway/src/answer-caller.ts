import { asText, at, objectsIn, parseJson } from '@millrace/domain'
import { GatewayError } from './errors.ts'
import type { ReplyDesk } from './reply-desk.ts'

export interface Question {
  readonly replyKey: string
  /** Milliseconds that the caller is kept waiting, publishing included. */
  readonly timeoutMs: number
  /** Aborts when the caller hangs up. */
  readonly signal: AbortSignal
  /** Stores the event with the desk's channel as its reply address. */
  publish(): Promise<unknown>
}

export interface Answer {
  readonly statusCode: number
  /** The stored bytes: whoever asks again gets the same ones. */
  readonly body: Buffer
}

/**
 * Gets the answer to one event: the stored one, else the one that comes of publishing it. Null when the caller hung up.
 * @throws GatewayError `MR_GATEWAY_REPLY_TIMEOUT`, `MR_GATEWAY_REPLIES_UNAVAILABLE` (before publishing), `MR_GATEWAY_TOO_MANY_WAITING`,
 *   `MR_GATEWAY_STOPPING`, those of `toAnswer`; whatever `publish` throws
 */
export async function answerCaller(desk: ReplyDesk, question: Question): Promise<Answer | null> {
  const since = performance.now()
  const seat = desk.take(question.replyKey)
  try {
    const known = await seat.look()
    if (known !== null) return toAnswer(known)
    await question.publish()
    const body = await seat.wait(question.timeoutMs - (performance.now() - since), question.signal)
    if (body !== null) return toAnswer(body)
    if (question.signal.aborted) return null
    throw new GatewayError('MR_GATEWAY_REPLY_TIMEOUT', { retryAfterSeconds: 1 })
  } finally {
    seat.leave()
  }
}

/**
 * The answer that was stored. One without a graph is a refusal: a Make scenario takes any 200 for success, and must not go on without a result.
 * @throws GatewayError `MR_GATEWAY_TASK_UNREADABLE`, `MR_GATEWAY_EXTRACTION_FAILED`, with the webhook id of the request that was extracted
 */
export function toAnswer(body: Buffer): Answer {
  const parsed = parseJson(body)
  const answer = parsed.ok ? parsed.value : null
  if (at(answer, 'status') !== 'failed') return { statusCode: 200, body }
  const webhookId = asText(at(answer, 'webhook_id')) ?? undefined
  if (at(answer, 'error', 'status_code') !== 422) throw new GatewayError('MR_GATEWAY_EXTRACTION_FAILED', { webhookId })
  const problems = objectsIn(at(answer, 'error', 'problems')).map(({ pointer, rule }) => ({
    pointer: typeof pointer === 'string' ? pointer : '',
    detail: `must be ${rule}`,
  }))
  throw new GatewayError('MR_GATEWAY_TASK_UNREADABLE', { webhookId, problems })
}

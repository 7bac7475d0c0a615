import { at, parseJson } from '@millrace/domain'
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
 *   `MR_GATEWAY_STOPPING`; whatever `publish` throws
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

/** The status that a stored answer deserves: a Make scenario takes any 200 for success, and must not go on without a result. */
export function toAnswer(body: Buffer): Answer {
  const parsed = parseJson(body)
  const answer = parsed.ok ? parsed.value : null
  if (at(answer, 'status') !== 'failed') return { statusCode: 200, body }
  const wanted = at(answer, 'error', 'status_code')
  const isRefusal = typeof wanted === 'number' && Number.isInteger(wanted) && wanted >= 400 && wanted <= 599
  return { statusCode: isRefusal ? wanted : 422, body }
}

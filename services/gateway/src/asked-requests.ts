import type { Source } from '@millrace/service-kit'
import type { Redis } from 'ioredis'
import { askRedis } from './ask-redis.ts'
import { type StoredAnswers, storedReplyKey } from './stored-answers.ts'

/** A request whose answer is to be had later. */
export interface AskedRequest {
  readonly webhookId: string
  readonly source: Pick<Source, 'tenant' | 'name'>
  readonly replyKey: string
  /** Milliseconds for which a repeat counts as the same event, and its answer is kept. */
  readonly windowMs: number
}

/** What PTTL answers (https://redis.io/docs/latest/commands/pttl/). */
const NO_SUCH_KEY = -2

/** What is known of a request's answer. `body` is the stored bytes. */
export type AnswerState =
  | { readonly is: 'unknown' }
  | { readonly is: 'awaited' }
  | { readonly is: 'there'; readonly body: Buffer }

/** Which request has which answer, in Redis, so that every gateway can tell; kept as long as the answer. */
export interface AskedRequests {
  /** Notes a request; resolves with whether its answer is there already. @throws GatewayError `MR_GATEWAY_REPLIES_UNAVAILABLE` */
  note(request: AskedRequest): Promise<boolean>
  /** @throws GatewayError `MR_GATEWAY_REPLIES_UNAVAILABLE` */
  find(webhookId: string, source: AskedRequest['source']): Promise<AnswerState>
}

export function createAskedRequests(redis: Pick<Redis, 'pttl' | 'set' | 'get'>, answers: StoredAnswers): AskedRequests {
  return {
    note: ({ webhookId, source, replyKey, windowMs }) =>
      askRedis(async () => {
        // Of a repeat: the answer does not live longer for being asked for again.
        const left = await redis.pttl(storedReplyKey(replyKey))
        await redis.set(askedKey(webhookId, source), replyKey, 'PX', left > 0 ? left : windowMs)
        return left !== NO_SUCH_KEY
      }),
    find: (webhookId, source) =>
      askRedis(async () => {
        const replyKey = await redis.get(askedKey(webhookId, source))
        if (replyKey === null) return { is: 'unknown' }
        const [body] = await answers.read([replyKey])
        return body ? { is: 'there', body } : { is: 'awaited' }
      }),
  }
}

/** The source is part of the key: who knows another one's webhook id learns nothing. */
function askedKey(webhookId: string, { tenant, name }: AskedRequest['source']): string {
  return `asked:${tenant}/${name}/${webhookId}`
}

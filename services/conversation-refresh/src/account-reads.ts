import { type ConversationState, topicKey } from '@millrace/domain'
import type { FrontClient } from '@millrace/front-client'
import type { Kafka } from '@millrace/kafka'
import { type ConversationRefresh, topics } from '@millrace/schemas'
import type { ChosenCall } from './choose-call.ts'
import { createCoalescer, type MergedWish } from './coalesce.ts'
import { createCompleter } from './complete-previews.ts'
import { RefreshError } from './errors.ts'
import { readConversation } from './read-conversation.ts'
import { isStillNeeded } from './still-needed.ts'
import type { Wish } from './wish.ts'

export interface ReadsParts {
  readonly kafka: Pick<Kafka, 'send'>
  /** The client of an account; undefined where it has no API token. */
  clientOf(tenant: string, account: string): FrontClient | undefined
  /** What is known of conversations by now, by key. */
  readonly states: (keys: readonly string[]) => Promise<ReadonlyMap<string, ConversationState>>
  /** Conversations of an account that are read at the same time. */
  readonly concurrency: number
  readonly messages: number
  readonly previewDelayMs: number
  readonly confirmAfterMs: number
  /** Told what became of wishes: `read`, `gone`, `merged`, `known`, or the call by which previews were completed. */
  readonly onRead: (outcome: string, events: number) => void
}

/** The reads of one account. Each account has its own, and its own budget at Front, so that none waits for another's. */
export interface AccountReads {
  /** Resolves once what was wished is stored; rejects as the read did. */
  request(wish: Wish): Promise<void>
}

export function createAccountReads(
  parts: ReadsParts,
  account: Pick<Wish, 'tenant' | 'account'>,
  signal: AbortSignal,
): AccountReads {
  const client = () => {
    const found = parts.clientOf(account.tenant, account.account)
    if (found !== undefined) return found
    throw new RefreshError(
      'MR_REFRESH_NO_ACCOUNT',
      `account ${topicKey(account.tenant, account.account)} has no API token`,
    )
  }
  const send = async (refresh: ConversationRefresh, { webhookId }: Pick<Wish, 'webhookId'>) => {
    const headers = webhookId === '' ? {} : { 'x-webhook-id': webhookId }
    await parts.kafka.send(topics.refreshes, topicKey(refresh.tenant, refresh.conversation_id), refresh, { headers })
  }
  const read = async (wish: MergedWish) => {
    const known = await parts.states([wish.key])
    if (!isStillNeeded(known.get(wish.key), wish)) return parts.onRead('known', wish.events.length)
    const refresh = await readConversation(client(), wish, { ...parts, signal })
    await send(refresh, wish)
    parts.onRead(refresh.kind, wish.events.length)
  }
  const coalescer = createCoalescer<void>({ concurrency: parts.concurrency, refresh: read })
  const completer = createCompleter({
    client,
    states: parts.states,
    send,
    readWhole: (wish) => coalescer.request({ ...wish, reason: 'unlisted' }),
    delayMs: parts.previewDelayMs,
    signal,
    onCompleted: (call: ChosenCall['kind'], events) => parts.onRead(call, events),
  })
  return {
    request: (wish) => (wish.reason === 'preview' && wish.events.length > 0 ? completer : coalescer).request(wish),
  }
}

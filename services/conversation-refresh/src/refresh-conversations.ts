import { topicKey } from '@millrace/domain'
import { type FrontClient, FrontError } from '@millrace/front-client'
import { type Kafka, type Log, type Running, throttled } from '@millrace/kafka'
import { topics, type WebhookEvent } from '@millrace/schemas'
import type { AccountGate } from './account-gate.ts'
import { type Coalescer, type ConversationRef, createCoalescer } from './coalesce.ts'
import { RefreshError } from './errors.ts'
import { readConversation } from './read-conversation.ts'

export interface RefreshParts {
  readonly kafka: Kafka
  readonly log: Log
  readonly gate: AccountGate
  /** The client of an account; undefined where it has no API token. */
  clientOf(tenant: string, account: string): FrontClient | undefined
  readonly concurrency: number
  readonly messages: number
  readonly signal: AbortSignal
  /** Called with each outcome and how many events it answered. */
  onRefreshed(outcome: string, events: number): void
}

const MAX_IN_FLIGHT = 512

/** Reads the conversations that events touch and tells `conversations.refreshes` what was read; an event is done once that is stored. */
export function refreshConversations(parts: RefreshParts): { running: Running; coalescer: Coalescer } {
  const refresh = async (ref: ConversationRef, eventIds: readonly string[]) => {
    const { refresh: found, survivor } = await readGated(parts, ref, eventIds)
    await parts.kafka.send(topics.refreshes, topicKey(ref.tenant, ref.conversationId), found)
    parts.onRefreshed(found.kind, eventIds.length)
    // Not awaited: two conversations merged into each other would wait for one another. The merge is stored, so the survivor's own events follow.
    if (survivor !== null) {
      const last = eventIds.at(-1) ?? ''
      coalescer.request({ ...ref, conversationId: survivor }, last, 'high').catch((error) => {
        parts.log.warn({ error: (error as Error).message }, 'survivor of a merge could not be read')
      })
    }
  }
  const coalescer = createCoalescer({ concurrency: parts.concurrency, refresh })

  const running = parts.kafka.consume({
    group: 'conversation-refresh',
    topics: [topics.events],
    // Order is of no use here: whatever comes last is read again.
    ordering: 'none',
    maxInFlight: MAX_IN_FLIGHT,
    handle: async ({ value: event }) => {
      if (event === null || !isRefreshed(event)) return
      const ref = { tenant: event.tenant, account: event.account, conversationId: event.conversation_id }
      await coalescer.request(ref, event.event_id, event.priority)
    },
  })
  return { running, coalescer }
}

/** Events of Front that name a conversation. */
export function isRefreshed(event: WebhookEvent): event is WebhookEvent & { conversation_id: string } {
  return event.provider === 'front' && event.conversation_id !== null
}

async function readGated(parts: RefreshParts, ref: ConversationRef, eventIds: readonly string[]) {
  const account = topicKey(ref.tenant, ref.account)
  const wait = parts.gate.waitFor(account)
  if (wait > 0) throw throttled(`account ${account} is throttled by Front`, wait)
  const client = parts.clientOf(ref.tenant, ref.account)
  if (client === undefined) throw new RefreshError('MR_REFRESH_NO_ACCOUNT', `account ${account} has no API token`)
  try {
    return await readConversation(client, ref, eventIds, { messages: parts.messages, signal: parts.signal })
  } catch (error) {
    if (!(error instanceof FrontError)) throw error
    if (error.code === 'MR_FRONT_THROTTLED') parts.gate.throttle(account, error.retryAfterMs ?? 1_000)
    if (error.code === 'MR_FRONT_UNAUTHORIZED') {
      parts.log.error({ account }, 'Front refuses the API token of this account')
      throw new RefreshError('MR_REFRESH_UNAUTHORIZED', `Front refuses the API token of ${account}`, { cause: error })
    }
    throw error
  }
}

import { AsyncLocalStorage } from 'node:async_hooks'
import { mergedConversationIds, parseJson, topicKey } from '@millrace/domain'
import { type FrontClient, FrontError } from '@millrace/front-client'
import type { Kafka, Log, Running } from '@millrace/kafka'
import { topics, type WebhookEvent } from '@millrace/schemas'
import { type AccountGate, gatedReader } from './account-gate.ts'
import { type Coalescer, type ConversationRef, createCoalescer } from './coalesce.ts'
import { RefreshError } from './errors.ts'
import { type ReadOutcome, readConversation } from './read-conversation.ts'

export interface RefreshParts {
  readonly kafka: Kafka
  readonly log: Log
  readonly gate: AccountGate
  /** The client of an account; undefined where it has no API token. */
  clientOf(tenant: string, account: string): FrontClient | undefined
  readonly concurrency: number
  readonly messages: number
  /** Called with each outcome and how many events it answered. */
  onRefreshed(outcome: string, events: number): void
}

const MAX_IN_FLIGHT = 512
/** An outage of Front is waited for; one conversation that can never be read must not hold its partition's offset for ever. */
const RETRY_FOR_MS = 24 * 3_600_000
/** A survivor may itself have been merged; a longer chain is taken for a loop. */
const MAX_MERGES = 3

/** Reads the conversations that events touch and tells `conversations.refreshes` what was read; an event is done once that is stored. */
export function refreshConversations(parts: RefreshParts): { running: Running; coalescer: Coalescer<ReadOutcome> } {
  /** The webhook id of the event that asked first for the refresh under way. */
  const asking = new AsyncLocalStorage<string>()
  const coalescer = createCoalescer<ReadOutcome>({
    concurrency: parts.concurrency,
    refresh: async (ref, eventIds) => {
      const outcome = await readGated(parts, ref, eventIds)
      const headers = { 'x-webhook-id': asking.getStore() ?? '' }
      await parts.kafka.send(topics.refreshes, topicKey(ref.tenant, ref.conversationId), outcome.refresh, { headers })
      parts.onRefreshed(outcome.refresh.kind, eventIds.length)
      return outcome
    },
  })

  const running = parts.kafka.consume({
    group: 'conversation-refresh',
    topics: [topics.events],
    // Order is of no use here: whatever comes last is read again.
    ordering: 'none',
    maxInFlight: MAX_IN_FLIGHT,
    retryForMs: RETRY_FOR_MS,
    handle: async ({ value: event }) => {
      if (event === null || !isRefreshed(event)) return
      await asking.run(event.webhook_id, () =>
        Promise.all(conversationsOf(event).map((id) => refreshWithSurvivor(coalescer, event, id))),
      )
    },
  })
  return { running, coalescer }
}

/** Refreshes a conversation and, where it was merged, its survivor. The survivor waits for no place of the merged one, so they cannot block each other. */
async function refreshWithSurvivor(
  coalescer: Coalescer<ReadOutcome>,
  { tenant, account, event_id, priority }: WebhookEvent,
  conversationId: string,
): Promise<void> {
  let next: string | null = conversationId
  for (let merges = 0; next !== null && merges <= MAX_MERGES; merges++) {
    const outcome: ReadOutcome = await coalescer.request({ tenant, account, conversationId: next }, event_id, priority)
    next = outcome.survivor
  }
}

/** Events of Front that name a conversation. */
export function isRefreshed(event: WebhookEvent): event is WebhookEvent & { conversation_id: string } {
  return event.provider === 'front' && event.conversation_id !== null
}

/** The conversation of an event and, for a merge, those that it ended: no event of their own tells it. */
export function conversationsOf(event: WebhookEvent & { conversation_id: string }): string[] {
  if (event.type !== 'conversation.merged') return [event.conversation_id]
  const parsed = parseJson(event.payload)
  return [event.conversation_id, ...(parsed.ok ? mergedConversationIds(parsed.value) : [])]
}

async function readGated(parts: RefreshParts, ref: ConversationRef, eventIds: readonly string[]): Promise<ReadOutcome> {
  const account = topicKey(ref.tenant, ref.account)
  const client = parts.clientOf(ref.tenant, ref.account)
  if (client === undefined) throw new RefreshError('MR_REFRESH_NO_ACCOUNT', `account ${account} has no API token`)
  try {
    return await readConversation(gatedReader(client, parts.gate, account), ref, eventIds, parts)
  } catch (error) {
    if (!(error instanceof FrontError) || !isTokenRefused(error)) throw error
    const scopes = error.missingScopes.join(', ')
    parts.log.error({ account, scopes }, 'Front refuses the API token of this account')
    const lack = scopes === '' ? '' : `; it lacks ${scopes}`
    throw new RefreshError('MR_REFRESH_UNAUTHORIZED', `Front refuses the API token of ${account}${lack}`, {
      cause: error,
    })
  }
}

function isTokenRefused({ code, missingScopes }: FrontError): boolean {
  return code === 'MR_FRONT_UNAUTHORIZED' || (code === 'MR_FRONT_FORBIDDEN' && missingScopes.length > 0)
}

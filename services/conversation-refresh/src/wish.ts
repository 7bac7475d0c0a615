import { topicKey } from '@millrace/domain'
import type { Lane } from '@millrace/front-client'
import type { ConversationRefresh } from '@millrace/schemas'

/** A wish to read a conversation, as it came from `conversations.refreshes`. */
export interface Wish {
  readonly tenant: string
  readonly account: string
  readonly conversationId: string
  /** Key of the conversation in all topics. */
  readonly key: string
  readonly lane: Lane
  readonly reason: string
  /** When it came up, epoch milliseconds. */
  readonly at: number
  /** Of the event that led to it; empty where none did. */
  readonly webhookId: string
  /** The events that the read has to reflect. */
  readonly events: readonly WishedEvent[]
}

export interface WishedEvent {
  readonly id: string
  /** When it happened, epoch milliseconds. */
  readonly at: number
  /** Canonical type; empty where the wish does not say. */
  readonly type: string
}

export const liveLanes: readonly string[] = ['live-high', 'live-medium', 'live-low', 'delivery']
export const backgroundLanes: readonly string[] = ['reconciliation', 'replay', 'poll']

/** The wish in a record; null when the record is none. An unknown lane is the last of the live ones. */
export function wishOf(refresh: ConversationRefresh, webhookId: string): Wish | null {
  if (refresh.kind !== 'wish') return null
  const { tenant, account, conversation_id: conversationId } = refresh
  const types = typesOf(refresh.payload)
  const isKnown = [...liveLanes, ...backgroundLanes].includes(refresh.lane)
  return {
    tenant,
    account,
    conversationId,
    key: topicKey(tenant, conversationId),
    lane: isKnown ? (refresh.lane as Lane) : 'live-low',
    reason: refresh.reason,
    at: refresh.at,
    webhookId,
    events: refresh.caused_by.map((id, place) => ({
      id,
      at: refresh.caused_at[place] ?? refresh.at,
      type: types[place] ?? '',
    })),
  }
}

function typesOf(payload: Buffer | null): string[] {
  if (payload === null) return []
  try {
    const types: unknown = JSON.parse(payload.toString())
    return Array.isArray(types) ? types.map(String) : []
  } catch {
    return []
  }
}

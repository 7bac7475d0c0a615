import type { ConversationRefresh } from '@millrace/schemas'

export function refreshOf(changes: Partial<ConversationRefresh> = {}): ConversationRefresh {
  return {
    tenant: 'default',
    account: 'default',
    conversation_id: 'cnv_1',
    kind: 'read',
    at: 1_000,
    updated_at: null,
    merged_into: null,
    caused_by: [],
    caused_at: [],
    lane: '',
    reason: '',
    conversation: null,
    messages: null,
    comments: null,
    payload: null,
    ...changes,
  }
}

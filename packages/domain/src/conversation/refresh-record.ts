import type { ConversationRefresh } from '@millrace/schemas'

type Named = Pick<ConversationRefresh, 'tenant' | 'account' | 'conversation_id'>

/** A value of `conversations.refreshes` about a conversation: a wish, unless `changes` say otherwise, with nothing else told. */
export function refreshRecord(
  { tenant, account, conversation_id }: Named,
  changes: Partial<ConversationRefresh>,
): ConversationRefresh {
  return {
    tenant,
    account,
    conversation_id,
    kind: 'wish',
    at: 0,
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

import { refreshRecord } from '@millrace/domain'
import type { ConversationRefresh } from '@millrace/schemas'

export function refreshOf(changes: Partial<ConversationRefresh> = {}): ConversationRefresh {
  const named = { tenant: 'default', account: 'default', conversation_id: 'cnv_1' }
  return refreshRecord(named, { kind: 'read', at: 1_000, ...changes })
}

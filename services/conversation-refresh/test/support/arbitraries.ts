import type { ConversationRefresh } from '@millrace/schemas'
import fc from 'fast-check'
import { foldRefresh, type SnapshotState } from '../../src/snapshot-state.ts'

const about = { tenant: 'default', account: 'default', conversation_id: 'cnv_1' }

export function refreshOf(changes: Partial<ConversationRefresh> = {}): ConversationRefresh {
  return {
    ...about,
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

const time = fc.integer({ min: 1, max: 20 })
const common = { at: time, caused_by: fc.uniqueArray(fc.constantFrom('e1', 'e2', 'e3', 'e4'), { maxLength: 3 }) }
const conversation = fc
  .record({ subject: fc.constantFrom('a', 'b'), status: fc.constantFrom('archived', 'deleted', 'assigned') })
  .map((value) => Buffer.from(JSON.stringify(value)))

export const refreshes: fc.Arbitrary<ConversationRefresh> = fc.oneof(
  fc.record({ ...common, updated_at: time, conversation }).map((changes) => refreshOf(changes)),
  fc.record(common).map((changes) => refreshOf({ ...changes, kind: 'gone' })),
  fc
    .record({ ...common, merged_into: fc.constantFrom('cnv_2', 'cnv_3') })
    .map((changes) => refreshOf({ ...changes, kind: 'merged' })),
)

export const states: fc.Arbitrary<SnapshotState> = fc
  .array(refreshes, { minLength: 1, maxLength: 5 })
  .map((list) => list.reduce<SnapshotState | undefined>(foldRefresh, undefined) as SnapshotState)

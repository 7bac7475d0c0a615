import type { components } from '@millrace/console-client'

type Schemas = components['schemas']

export type ConversationSummary = Schemas['ConversationSummary']
export type ConversationDetail = Schemas['ConversationDetail']
export type ConversationPage = Schemas['ConversationPage']
export type GraphNode = Schemas['GraphNode']
export type GraphNodeDetail = Schemas['GraphNodeDetail']
export type GraphNodePage = Schemas['GraphNodePage']
export type GraphPath = Schemas['GraphPath']
export type GraphRelationship = Schemas['GraphRelationship']
export type Neighbourhood = Schemas['Neighbourhood']
export type EventPage = Schemas['EventPage']
export type DeliverySummary = Schemas['DeliverySummary']
export type DeliveryDetail = Schemas['DeliveryDetail']
export type DeliveryPage = Schemas['DeliveryPage']
export type DeliveryAttempt = Schemas['DeliveryAttempt']
export type DeadLetterTopic = Schemas['DeadLetterTopic']
export type DeadLetterTopics = Schemas['DeadLetterTopics']
export type DeadLetterRecord = Schemas['DeadLetterRecord']
export type DeadLetterPage = Schemas['DeadLetterPage']
export type Source = Schemas['Source']
export type SourceList = Schemas['SourceList']
export type ParityReport = Schemas['ParityReport']
export type ParityList = Schemas['ParityList']
export type SettingList = Schemas['SettingList']
export type EventSummary = Schemas['EventSummary']
export type EventDetail = Schemas['EventDetail']
export type EventRun = Schemas['EventRun']
export type EventPayload = Schemas['EventPayload']
export type Timeline = Schemas['Timeline']
export type TimelineSpan = Schemas['TimelineSpan']
export type Overview = Schemas['Overview']
export type LedgerState = Schemas['LedgerState']
export type Notice = Schemas['Notice']
export type LiveGap = Schemas['LiveGap']
export type Replay = Schemas['Replay']
export type ReplayPlan = Schemas['ReplayPlan']
export type Redrive = Schemas['Redrive']
export type RedrivePage = Schemas['RedrivePage']
export type RedrivePlan = Schemas['RedrivePlan']
export type IngestMode = Schemas['IngestMode']
export type User = Schemas['User']
export type UserPage = Schemas['UserPage']
export type LinkedUser = Schemas['LinkedUser']
export type Token = Schemas['Token']
export type TokenPage = Schemas['TokenPage']
export type MadeToken = Schemas['MadeToken']

interface PageOf<T> {
  readonly items: readonly T[]
  readonly next_cursor: string | null
}

// What follows is to come from the document too, with the routes of endpoints, approvals and audit.
export interface EndpointSecret {
  readonly id: string
  readonly kind: string
  readonly public_key: string | null
  readonly created_at: number
  readonly not_after: number | null
}
export interface Endpoint {
  readonly endpoint_id: string
  readonly url: string
  readonly kind: string
  readonly description: string
  readonly event_types: readonly string[]
  readonly conversation_id: string | null
  readonly usecase: string | null
  readonly workflow_id: string | null
  readonly channels: readonly string[]
  readonly inboxes: readonly string[]
  readonly tags: readonly string[]
  readonly payload_filter: string | null
  readonly payload: string
  readonly ids: string
  readonly secrets: readonly EndpointSecret[]
  readonly is_signed: boolean
  readonly headers: readonly string[]
  readonly order: string
  readonly retry_delays_ms: readonly number[]
  readonly give_up_after_ms: number
  readonly max_in_flight: number
  readonly max_per_minute: number
  readonly timeout_ms: number
  readonly consent: string
  readonly created_at: number
  readonly updated_at: number
  readonly state: string
  readonly disabled_at: number | null
  readonly breaker: string
  readonly next_probe_at: number | null
  readonly failing_since: number | null
  readonly blocked_until: number | null
}
export type EndpointPage = PageOf<Endpoint>
export interface EndpointCheck {
  readonly is_accepted: boolean
  readonly rule: string | null
  readonly detail: string | null
  readonly consent: { readonly is_granted: boolean; readonly detail: string } | null
}
export interface EndpointTest {
  readonly delivery_id: string
  readonly attempt: DeliveryAttempt | null
}
export interface NewEndpointAnswer {
  readonly endpoint: Endpoint
  readonly secrets: readonly string[]
  readonly public_keys: readonly string[]
}
export interface RotatedSecrets {
  readonly secrets: readonly string[]
  readonly public_keys: readonly string[]
  readonly old_until: number | null
}
export interface Approval {
  readonly id: string
  readonly kind: string
  readonly subject: string
  readonly reason: string
  readonly count: number | null
  readonly params: unknown
  readonly params_sha256: string
  readonly status: string
  readonly requested_name: string
  readonly requested_kind: string
  readonly requested_at: number
  readonly expires_at: number
  readonly decided_mode: string | null
  readonly decided_name: string | null
  readonly decided_at: number | null
  readonly decision_reason: string
  readonly executed_at: number | null
  readonly error: string | null
  readonly may_decide: boolean
  readonly may_cancel: boolean
  readonly may_not_because: string | null
}
export type ApprovalPage = PageOf<Approval>
export interface AuditEntry {
  readonly sequence: number
  readonly at: number
  readonly actor_name: string
  readonly action: string
  readonly subject: string
  readonly reason: string
  readonly approval_id: string | null
  readonly outcome: string
}
export type AuditPage = PageOf<AuditEntry>
export interface AuditVerdict {
  readonly is_intact: boolean
  readonly entries: number
  readonly problem: string | null
}
export type Me = Schemas['Me']

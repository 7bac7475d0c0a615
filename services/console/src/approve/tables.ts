import type { Generated } from 'kysely'
import type { ApprovalKind } from './kinds.ts'

/** What approvals own. They are no projection: wiping them loses open requests; what was decided stays in the audit topic. */
export interface ApproveTables {
  approvals: ApprovalRow
  approval_uses: ApprovalUseRow
  user_vouches: UserVouchRow
}

/**
 * `pending` until somebody decides or it expires; `approved` until it is executed, which `executing` does, and `done` or `failed` ends; `refused`,
 * `cancelled` and `expired` end it too.
 */
export const approvalStatuses = [
  'pending',
  'approved',
  'executing',
  'done',
  'failed',
  'refused',
  'cancelled',
  'expired',
] as const
export type ApprovalStatus = (typeof approvalStatuses)[number]

export interface ApprovalRow {
  id: string
  tenant: string
  kind: ApprovalKind
  subject: string
  reason: string
  /** How many things it is about, as counted before it was asked for; null where that makes no sense. */
  count: number | null
  /** What is executed, as canonical JSON; never changed while the request is open, empty once it ended a while ago. */
  params_json: string
  params_sha256: string
  status: ApprovalStatus
  /** The people behind the request: the account, and who made the token that it came by. */
  requested_persons: string[]
  requested_by: string
  requested_name: string
  requested_kind: string
  requested_at: number
  expires_at: number
  /** `one-person` where it was decided by who asked for it, as the setting lets. */
  decided_mode: 'two-person' | 'one-person' | null
  decided_by: string | null
  decided_name: string | null
  decided_at: number | null
  decision_reason: string
  /** While executing: when another process takes it for given up. */
  executing_until: number | null
  executed_at: number | null
  result_json: string | null
  error: string | null
}

/** What was done without approval because it was below a limit: it counts towards the limit for a day. */
interface ApprovalUseRow {
  id: Generated<number>
  tenant: string
  kind: ApprovalKind
  person_id: string
  count: number
  at: number
}

/** Somebody stands for it that an account is a person of its own. */
export interface UserVouchRow {
  user_id: string
  vouched_by: string
  vouched_at: number
}

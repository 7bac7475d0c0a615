import type { Transaction } from 'kysely'
import type { Actor } from '../access/actor.ts'
import { isAtLeast, roleIn } from '../access/roles.ts'
import { checkStillValid } from '../access/still-valid.ts'
import { HOST } from '../access/tables.ts'
import type { Audit } from '../audit/audit.ts'
import type { RestingTexts } from '../db/resting.ts'
import type { Tables } from '../db/tables.ts'
import { requireNamelessDecision } from '../erase/nameless.ts'
import type { Reveal } from '../erase/reveal.ts'
import { ConsoleError } from '../errors.ts'
import type { ApprovalPolicy } from './kinds.ts'
import { type Link, linkOf, readAccounts } from './persons.ts'
import { sha256 } from './require.ts'
import type { ApprovalRow } from './tables.ts'

export interface Decision {
  readonly id: string
  readonly tenant: string
  readonly actor: Actor
  readonly verdict: 'approve' | 'refuse' | 'cancel'
  /** Of what the decider saw; for an approval. */
  readonly paramsSha256?: string
  readonly reason?: string | undefined
}

interface DecideParts {
  readonly policy: ApprovalPolicy
  readonly audit: Audit
  readonly resting: RestingTexts
  readonly reveal: Reveal
  readonly now: number
}

const statusAfter = { approve: 'approved', refuse: 'refused', cancel: 'cancelled' } as const

/**
 * Decides a request, once: of two decisions at the same time the second finds it closed. Everything is judged by what the database says at this
 * moment, in one transaction: roles, links between accounts, the request's hash and time.
 * @throws ConsoleError for every reason why this actor may not, or may not any more
 */
export async function decideIn(trx: Transaction<Tables>, decision: Decision, parts: DecideParts): Promise<ApprovalRow> {
  const { id, tenant, actor, verdict } = decision
  await checkStillValid(trx, actor)
  const approval = await trx
    .selectFrom('approvals')
    .selectAll()
    .where('id', '=', id)
    .where('tenant', '=', tenant)
    .forUpdate()
    .executeTakeFirst()
  if (approval === undefined) throw new ConsoleError('MR_CONSOLE_NOT_FOUND')
  checkOpen(approval, parts.now)
  if (verdict === 'cancel') checkMayCancel(approval, actor)
  else await checkMayDecide(trx, actor, tenant)
  if (verdict === 'approve') checkUnchanged(approval, decision)
  if (approval.kind === 'erasure' && decision.reason) requireNamelessDecision(decision.reason, parts.reveal(approval))
  const changes = {
    status: statusAfter[verdict],
    decided_mode: verdict === 'approve' ? await modeOf(trx, approval, actor, parts.policy) : null,
    decided_by: actor.id,
    decided_name: actor.name,
    decided_at: parts.now,
    decision_reason: (decision.reason ?? '').trim(),
  }
  const decision_reason = parts.resting.seal(changes.decision_reason)
  await trx
    .updateTable('approvals')
    .set({ ...changes, decision_reason })
    .where('id', '=', id)
    .execute()
  const detail = { kind: approval.kind, params_sha256: approval.params_sha256, mode: changes.decided_mode }
  const entry = { actor, tenant, action: `approval.${verdict}`, subject: approval.subject }
  await parts.audit.append({ ...entry, approval_id: id, reason: changes.decision_reason, outcome: 'done', detail }, trx)
  return { ...approval, ...changes }
}

function checkOpen({ status, expires_at }: ApprovalRow, now: number): void {
  if (status !== 'pending')
    throw new ConsoleError('MR_CONSOLE_APPROVAL_CLOSED', { detail: `The request is ${status} already.` })
  if (now >= expires_at) throw new ConsoleError('MR_CONSOLE_APPROVAL_CLOSED', { detail: 'The request has expired.' })
}

/** Taking one's own request back, or as an administrator anybody's, lets nothing happen. */
function checkMayCancel({ requested_persons, tenant }: ApprovalRow, actor: Actor): void {
  if (requested_persons.includes(actor.personId) || isAtLeast(actor.roleIn(tenant), 'admin')) return
  throw new ConsoleError('MR_CONSOLE_FORBIDDEN', { detail: 'Only who asked, or an administrator, takes it back.' })
}

/** Tokens are copied, lent and lie about in files; and the session may be older than the account's roles. */
async function checkMayDecide(trx: Transaction<Tables>, actor: Actor, tenant: string): Promise<void> {
  const { personId } = actor
  if (actor.kind !== 'user' || personId === HOST) throw new ConsoleError('MR_CONSOLE_TOKEN_DECIDES')
  const user = await trx.selectFrom('users').select('is_disabled').where('id', '=', personId).executeTakeFirst()
  const grants = await trx.selectFrom('user_roles').select(['tenant', 'role']).where('user_id', '=', personId).execute()
  if (user?.is_disabled === false && isAtLeast(roleIn(grants, tenant), 'approver')) return
  throw new ConsoleError('MR_CONSOLE_FORBIDDEN', { detail: 'This needs the role approver in this tenant.' })
}

/** Whether a second person decides. @throws ConsoleError `MR_CONSOLE_SAME_PERSON` where that is asked for and not so */
async function modeOf(
  trx: Transaction<Tables>,
  { requested_persons }: ApprovalRow,
  { personId }: Actor,
  policy: ApprovalPolicy,
): Promise<ApprovalRow['decided_mode']> {
  const accounts = await readAccounts(trx)
  for (const person of requested_persons) {
    const link = linkOf(person, personId, accounts)
    if (link === undefined) continue
    if (policy.mode === 'one-person') return 'one-person'
    throw new ConsoleError('MR_CONSOLE_SAME_PERSON', { detail: linkWords[link] })
  }
  return 'two-person'
}

/** Why one may not decide, for who tried. */
export const linkWords: Readonly<Record<Link, string>> = {
  'same-account': 'You asked for it yourself: another person decides.',
  'same-mailbox': 'Your account and the one that asked have the same mailbox: another person decides.',
  'unknown-account':
    'It is not known who made one of the two accounts: that account is gone, or was vouched for only after it made this one. Somebody independent vouches for it; then ask anew.',
  'made-by-one-of-them':
    'Your account and the one that asked were made by the same person, or one by the other, and nobody independent has vouched for either (on the page Users and tokens an administrator whom neither made, or millrace users vouch NAME --code NUMBER with CONSOLE_ADMIN_TOKEN).',
}

/** What is executed is what was asked for, and what the decider looked at. */
function checkUnchanged({ params_json, params_sha256 }: ApprovalRow, { paramsSha256 }: Decision): void {
  if (sha256(params_json) === params_sha256 && paramsSha256 === params_sha256) return
  throw new ConsoleError('MR_CONSOLE_APPROVAL_CHANGED')
}

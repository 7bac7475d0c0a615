import { createHash } from 'node:crypto'
import { uuidv7 } from '@millrace/domain'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Actor } from '../access/actor.ts'
import { checkStillValid } from '../access/still-valid.ts'
import { HOST } from '../access/tables.ts'
import type { Audit } from '../audit/audit.ts'
import type { RestingTexts } from '../db/resting.ts'
import type { Tables } from '../db/tables.ts'
import { ConsoleError } from '../errors.ts'
import { type ApprovalKind, type ApprovalPolicy, needsApproval, USES_COUNT_FOR_MS } from './kinds.ts'
import { linkOf, readAccounts } from './persons.ts'
import type { ApprovalRow } from './tables.ts'

/** An action that may need approval. */
export interface Wanted {
  readonly kind: ApprovalKind
  readonly tenant: string
  readonly actor: Actor
  /** What it is done to, for people: `endpoint/ep_1`. */
  readonly subject: string
  /** Why; must be given where approval is needed. */
  readonly reason?: string | undefined
  /** How many things it does it to, as counted by us; null where that makes no sense. */
  readonly count?: number | null
  /** Everything that is executed: what is approved is this and nothing else. JSON. */
  readonly params: unknown
  /** Epoch milliseconds; default a day from now, and never later. */
  readonly expiresAt?: number
}

export type Required = { readonly needed: false } | { readonly needed: true; readonly approval: ApprovalRow }

/** A request that nobody approved within a day is no longer what somebody meant. */
export const EXPIRES_AFTER_MS = 24 * 60 * 60_000
/** More than people decide about; a program that asks on and on is told so. */
const MAX_OPEN = 200
const MAX_PARAMS_BYTES = 4_194_304
const MIN_REASON = 3

interface RequireParts {
  readonly policy: ApprovalPolicy
  readonly audit: Audit
  readonly resting: RestingTexts
  readonly now: number
}

/** Lets an action pass, and counts it, or stores it as a request for approval. One of a tenant and kind after the other, so that a limit holds. */
export async function requireIn(
  trx: Transaction<Tables>,
  wanted: Wanted,
  { policy, audit, resting, now }: RequireParts,
): Promise<Required> {
  const { tenant, kind, actor, count = null } = wanted
  await sql`select pg_advisory_xact_lock(hashtext(${`approvals/${tenant}/${kind}`}))`.execute(trx)
  const used = kind === 'replay' ? await usedBy(trx, wanted, now) : 0
  if (!needsApproval(kind, count ?? 0, used, policy)) {
    await note(trx, wanted, now)
    return { needed: false }
  }
  if (actor.personId === HOST && policy.mode === 'two-person') throw new ConsoleError('MR_CONSOLE_NO_PERSON')
  await checkStillValid(trx, actor)
  const approval = await rowOf(trx, wanted, now)
  const { n } = await trx
    .selectFrom('approvals')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where('tenant', '=', tenant)
    .where('status', '=', 'pending')
    .where('expires_at', '>', now)
    .executeTakeFirstOrThrow()
  if (n >= MAX_OPEN)
    throw new ConsoleError('MR_CONSOLE_CONFLICT', {
      detail: `${MAX_OPEN} requests are open already: decide or cancel some.`,
    })
  const { params_json, reason } = approval
  const atRest = { params_json: resting.seal(params_json), reason: resting.seal(reason) }
  await trx
    .insertInto('approvals')
    .values({ ...approval, ...atRest })
    .execute()
  const detail = { kind, count, params_sha256: approval.params_sha256, expires_at: approval.expires_at }
  const entry = { actor, tenant, action: 'approval.request', subject: wanted.subject, reason: approval.reason }
  await audit.append({ ...entry, approval_id: approval.id, outcome: 'done', detail }, trx)
  return { needed: true, approval }
}

/** Whether an action would need approval now; nothing is stored or counted. */
export async function wouldNeedIn(
  db: Kysely<Tables>,
  wanted: Pick<Wanted, 'kind' | 'tenant' | 'actor' | 'count'>,
  { policy, now }: { readonly policy: ApprovalPolicy; readonly now: number },
): Promise<boolean> {
  const used = wanted.kind === 'replay' ? await usedBy(db, wanted, now) : 0
  return needsApproval(wanted.kind, wanted.count ?? 0, used, policy)
}

/** What the same person, by whichever account, let run within the last day. */
async function usedBy(
  trx: Kysely<Tables>,
  { tenant, kind, actor }: Pick<Wanted, 'kind' | 'tenant' | 'actor'>,
  now: number,
): Promise<number> {
  const uses = await trx
    .selectFrom('approval_uses')
    .select(({ fn }) => ['person_id', fn.sum<number>('count').as('count')])
    .where('tenant', '=', tenant)
    .where('kind', '=', kind)
    .where('at', '>', now - USES_COUNT_FOR_MS)
    .groupBy('person_id')
    .execute()
  const accounts = await readAccounts(trx)
  const ofSame = uses.filter(({ person_id }) => linkOf(person_id, actor.personId, accounts) !== undefined)
  return ofSame.reduce((sum, { count }) => sum + Number(count), 0)
}

async function note(trx: Transaction<Tables>, { tenant, kind, actor, count }: Wanted, at: number): Promise<void> {
  if (kind !== 'replay') return
  await trx
    .deleteFrom('approval_uses')
    .where('at', '<', at - USES_COUNT_FOR_MS)
    .execute()
  await trx
    .insertInto('approval_uses')
    .values({ tenant, kind, person_id: actor.personId, count: count ?? 0, at })
    .execute()
}

async function rowOf(trx: Transaction<Tables>, wanted: Wanted, now: number): Promise<ApprovalRow> {
  const { actor, count = null, expiresAt = now + EXPIRES_AFTER_MS } = wanted
  const reason = (wanted.reason ?? '').trim()
  if (reason.length < MIN_REASON) {
    const detail = `is missing: this needs approval, and who decides must know why (at least ${MIN_REASON} characters)`
    throw new ConsoleError('MR_CONSOLE_INVALID', { problems: [{ pointer: '/reason', detail }] })
  }
  const params_json = JSON.stringify(wanted.params)
  if (Buffer.byteLength(params_json) > MAX_PARAMS_BYTES)
    throw new ConsoleError('MR_CONSOLE_INVALID', { detail: 'The request is larger than 4 MiB.' })
  return {
    id: `apr_${uuidv7()}`,
    tenant: wanted.tenant,
    kind: wanted.kind,
    subject: wanted.subject,
    reason,
    count,
    params_json,
    params_sha256: sha256(params_json),
    status: 'pending',
    requested_persons: await personsBehind(trx, actor),
    requested_by: actor.id,
    requested_name: actor.name,
    requested_kind: actor.kind,
    requested_at: now,
    expires_at: Math.min(expiresAt, now + EXPIRES_AFTER_MS),
    decided_mode: null,
    decided_by: null,
    decided_name: null,
    decided_at: null,
    decision_reason: '',
    executing_until: null,
    executed_at: null,
    result_json: null,
    error: null,
  }
}

/** The account, and whoever made the token that it acts by: that one may hold the token. */
async function personsBehind(trx: Transaction<Tables>, { personId, tokenId }: Actor): Promise<string[]> {
  if (tokenId === null || tokenId === HOST) return [personId]
  const token = await trx.selectFrom('tokens').select('created_by').where('id', '=', tokenId).executeTakeFirst()
  const maker = token?.created_by ?? personId
  return [...new Set([personId, ...(maker === HOST ? [] : [maker])])]
}

/** In hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

import type { Log } from '@millrace/kafka'
import type { Kysely, Transaction } from 'kysely'
import { type Audit, consoleActor } from '../audit/audit.ts'
import { plainTexts, type RestingTexts } from '../db/resting.ts'
import type { Tables } from '../db/tables.ts'
import type { Reveal } from '../erase/reveal.ts'
import { ConsoleError } from '../errors.ts'
import { type Decision, decideIn } from './decide.ts'
import { type Executor, execute } from './execute.ts'
import type { ApprovalKind, ApprovalPolicy } from './kinds.ts'
import { letContentsGo } from './let-contents-go.ts'
import { type Required, requireIn, type Wanted, wouldNeedIn } from './require.ts'
import type { ApprovalRow } from './tables.ts'
import { type Vouch, vouch } from './vouch.ts'

/** What waits for a second person. */
export interface Approvals {
  readonly policy: ApprovalPolicy
  /** What of a request is shown to who decides. */
  readonly reveal: Reveal
  /**
   * Lets an action pass at once (`needed: false`: do it now) or keeps it as a request, in the caller's transaction where there is one.
   * @throws ConsoleError `MR_CONSOLE_INVALID` where approval is needed and no reason given, `MR_CONSOLE_NO_PERSON`, `MR_CONSOLE_NOT_AVAILABLE`
   */
  require(wanted: Wanted, trx?: Transaction<Tables>): Promise<Required>
  /** Whether it would need approval, for a dry run: nothing is stored or counted. */
  wouldNeed(wanted: Pick<Wanted, 'kind' | 'tenant' | 'actor' | 'count'>): Promise<boolean>
  /** Who does what is approved, one for each kind. */
  onApproved(kind: ApprovalKind, executor: Executor): void
  /** Decides, and after an approval executes; the row tells how that went. @throws ConsoleError */
  decide(decision: Decision): Promise<ApprovalRow>
  /** Notes that somebody stands for it that an account is a person of its own, and ends what others could act as it with. @throws ConsoleError */
  vouch(given: Vouch): Promise<void>
  /** Executes what a stopped process left, ends what has expired, and lets go of what ended long ago was about. Calls at the same time share one look. */
  sweep(): Promise<void>
  /** Ends the looking; what is being executed is waited for. Idempotent. */
  close(): Promise<void>
}

const SWEEP_EVERY_MS = 5_000
const asStored: Reveal = ({ params_json }) => JSON.parse(params_json)

export interface ApprovalsOptions {
  readonly db: Kysely<Tables>
  readonly audit: Audit
  readonly log: Log
  readonly policy: ApprovalPolicy
  readonly reveal?: Reveal
  /** How what was asked for, and why, rests in the database; default as it is. */
  readonly resting?: RestingTexts
  /** Epoch milliseconds; the clock outside tests. */
  readonly now?: () => number
}

export function createApprovals(options: ApprovalsOptions): Approvals {
  const { db, audit, log, policy, reveal = asStored, resting = plainTexts, now = Date.now } = options
  const executors = new Map<ApprovalKind, Executor>()
  const parts = { db, audit, log, executors, resting }
  /** Under way in this process: who decides while it looks through what is left is told the end of the one execution, not that it goes on elsewhere. */
  const executing = new Map<string, Promise<ApprovalRow | undefined>>()
  const executeOnce = (id: string) => {
    const running = executing.get(id) ?? execute(parts, id).finally(() => executing.delete(id))
    executing.set(id, running)
    return running
  }

  const look = async () => {
    await expire(db, audit, now())
    await letContentsGo(db, now())
    const left = await db
      .selectFrom('approvals')
      .select('id')
      .where('status', 'in', ['approved', 'executing'])
      .limit(100)
      .execute()
    // Beside each other: one that waits for Kafka must not keep the rest.
    await Promise.all(left.map(({ id }) => executeOnce(id)))
  }
  let looking: Promise<void> | undefined
  const sweep = () => {
    looking ??= look().finally(() => {
      looking = undefined
    })
    return looking
  }
  let isAway = false
  const timer = setInterval(() => {
    sweep().then(
      () => {
        isAway = false
      },
      (error) => {
        if (!isAway) log.warn({ error }, 'approvals cannot be looked through')
        isAway = true
      },
    )
  }, SWEEP_EVERY_MS)
  timer.unref()

  return {
    policy,
    reveal,
    async require(wanted, trx) {
      const given = { policy, audit, resting, now: now() }
      if (trx !== undefined) return await requireIn(trx, wanted, given)
      return await db.transaction().execute((own) => requireIn(own, wanted, given))
    },
    wouldNeed: (wanted) => wouldNeedIn(db, wanted, { policy, now: now() }),
    onApproved: (kind, executor) => void executors.set(kind, executor),
    async decide(decision) {
      let decided: ApprovalRow
      try {
        decided = await db
          .transaction()
          .execute((trx) => decideIn(trx, decision, { policy, audit, resting, reveal, now: now() }))
      } catch (error) {
        await noteRefusal(audit, decision, error)
        throw error
      }
      return decision.verdict === 'approve' ? ((await executeOnce(decided.id)) ?? decided) : decided
    },
    vouch: (given) => vouch(db, audit, given),
    sweep,
    async close() {
      clearInterval(timer)
      await looking?.catch(() => {})
    },
  }
}

/** That somebody tried to approve and may not is worth knowing. */
async function noteRefusal(audit: Audit, { id, tenant, actor, verdict }: Decision, error: unknown): Promise<void> {
  if (!(error instanceof ConsoleError) || error.code === 'MR_CONSOLE_NOT_FOUND') return
  const entry = { actor, tenant, action: `approval.${verdict}`, subject: id, approval_id: id }
  await audit.append({ ...entry, outcome: 'refused', detail: { code: error.code } })
}

async function expire(db: Kysely<Tables>, audit: Audit, now: number): Promise<void> {
  const due = await db
    .selectFrom('approvals')
    .select(['id', 'tenant', 'subject'])
    .where('status', '=', 'pending')
    .where('expires_at', '<=', now)
    .limit(100)
    .execute()
  for (const { id, tenant, subject } of due) {
    await db.transaction().execute(async (trx) => {
      const { numUpdatedRows } = await trx
        .updateTable('approvals')
        .set({ status: 'expired' })
        .where('id', '=', id)
        .where('status', '=', 'pending')
        .executeTakeFirst()
      if (numUpdatedRows === 0n) return
      await audit.append(
        { actor: consoleActor, tenant, action: 'approval.expire', subject, approval_id: id, outcome: 'done' },
        trx,
      )
    })
  }
}

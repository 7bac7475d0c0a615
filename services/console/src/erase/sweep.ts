import { askToForget, type ErasureScope, leaveComparisons, writeNulls } from '@millrace/operations'
import { open } from '@millrace/signing'
import { sql } from 'kysely'
import { findScope } from './find-scope.ts'
import { forgetNames } from './forget-names.ts'
import { newsOf } from './join-scopes.ts'
import type { EraseParts } from './parts.ts'
import { noteEncryption } from './plain-records.ts'
import { approvalOf, eraseMore, leftKeys, sweepScope } from './run-erasure.ts'

/** A process that did not hear of a destroyed key goes on with its copy for a minute; what it wrote in that time is looked for after this. */
const LATE_MS = 75_000
const AT_ONCE = 20
const SWEEP_WITHIN_MS = 120_000

/**
 * Looks once more at erasures that ended a while ago, then lets go of what was kept to find it by; and of what requests name that came to nothing. Twice
 * does no harm. @throws ConsoleError `MR_CONSOLE_BUSY` (retryable) while the ledger is behind
 */
export async function sweepErasures(parts: EraseParts, now: number = Date.now()): Promise<void> {
  const { db, keys } = parts
  await noteEncryption(db, parts.isEncrypted, now)
  const { rows: over } = await sql<{ id: string }>`select id from replay_jobs
    where kind = 'erasure' and ended_at is not null and request ? 'sealed_subject' limit ${AT_ONCE}`.execute(db)
  for (const { id } of over) await forgetNames(db, id)
  if (keys === undefined) return
  const due = await db
    .selectFrom('erasures')
    .select(['id', 'sealed_scope', 'erased_at'])
    .where('sealed_scope', 'is not', null)
    .where('receipt', 'is not', null)
    .where('erased_at', '<', now - LATE_MS)
    .limit(AT_ONCE)
    .execute()
  if (due.length === 0) return
  const scopes = due.map(
    ({ id, sealed_scope }) => JSON.parse(open(sealed_scope ?? '', keys, id).toString()) as ErasureScope,
  )
  // One reading of the keys' topic for all of them.
  const since = Math.min(...due.map(({ erased_at }) => erased_at ?? now)) - LATE_MS
  await leftKeys(parts, scopes, since, AbortSignal.timeout(SWEEP_WITHIN_MS))
  await leaveComparisons(parts.redis, scopes)
  for (const [nth, { id }] of due.entries()) {
    const scope = scopes[nth] as ErasureScope
    const more = await findScope(parts, scope.tenant, scope.subject, now - LATE_MS, scope)
    const job = await db.selectFrom('replay_jobs').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
    const news = newsOf(more, scope)
    if (news !== undefined) await eraseMore({ parts, job, scope: news, approval: await approvalOf(parts, job) })
    await writeNulls(parts.kafka, scope)
    await askToForget(parts.kafka, scope, now)
    await sweepScope(parts, scope)
    await db.updateTable('erasures').set({ sealed_scope: null, swept_at: now }).where('id', '=', id).execute()
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import {
  askToForget,
  countRedis,
  type DonePlace,
  deleteRedis,
  destroyKeys,
  destroyLeftKeys,
  type ErasureScope,
  keySubjectsOf,
  leaveRedisLists,
  readSubject,
  redisKeysOf,
  subjectText,
  writeErasures,
  writeNulls,
} from '@millrace/operations'
import { type Erasure, topics } from '@millrace/schemas'
import { open, seal } from '@millrace/signing'
import type { ApprovalRow } from '../approve/tables.ts'
import type { Job } from '../replay/job-store.ts'
import type { Ending, RunParts } from '../replay/run-replay.ts'
import { findScope, isCaughtUp, requireCaughtUp } from './find-scope.ts'
import { forgetNames } from './forget-names.ts'
import { hearAgain } from './hear-again.ts'
import { joined, newsOf } from './join-scopes.ts'
import { type EraseParts, hashOf, requireKeys } from './parts.ts'
import { receiptOf } from './receipt-of.ts'
import { countRows, deleteRows } from './rows.ts'
import type { ErasuresTable } from './tables.ts'
import { untilWorkedOff } from './worked-off.ts'

/** What is asked for and approved: nothing in it names whom it is about without MILLRACE_SECRET_KEYS. */
export interface ErasureAsked {
  readonly subject_kind: string
  readonly subject_hash: string
  readonly sealed_subject: string
  readonly without_encryption: boolean
  readonly reason: string
}

interface Erasing {
  readonly parts: EraseParts
  readonly job: Pick<Job, 'id' | 'tenant'>
  readonly scope: ErasureScope
  readonly approval: ApprovalRow
}

interface Running extends Erasing {
  readonly run: RunParts
}

interface Step {
  /** As `phases` tells how long it took. */
  readonly name: string
  readonly take: (running: Running) => Promise<readonly DonePlace[]>
}

/** In this order: first nobody can read or write it any more, then what is left is taken away. Each may be done again. */
const steps: readonly Step[] = [
  { name: 'destroy-keys', take: destroyed },
  { name: 'tell-graph', take: emptied },
  { name: 'redis', take: outOfRedis },
  { name: 'tables', take: outOfTables },
  { name: 'look-again', take: lookedAgain },
]

/** The search for what belongs to it, each step, and the receipt. */
export const STEPS = steps.length + 2

/**
 * Erases what was approved. Whatever process goes on with it finds what was found at first, and begins with the first step that is not noted as done.
 * @throws what Kafka, Redis or the database throw; then it goes on where it was
 */
export async function runErasure(parts: EraseParts, run: RunParts): Promise<Ending> {
  const { job } = run
  const row = await parts.db.selectFrom('erasures').selectAll().where('id', '=', job.id).executeTakeFirstOrThrow()
  if (row.receipt !== null) return null
  const approval = await approvalOf(parts, job)
  const phases = startPhases(job.checkpoint)
  const scope = await scopeOf(parts, row)
  await run.note({ done: 1, waits_for: null, checkpoint: phases.took('search') })
  let places: readonly DonePlace[] = row.places
  for (const [nth, { name, take }] of steps.entries()) {
    if (nth < row.step) continue
    run.signal.throwIfAborted()
    places = merged(places, await take({ parts, run, job, scope, approval }))
    await parts.db
      .updateTable('erasures')
      .set({ step: nth + 1, places: JSON.stringify(places), ...(nth === 0 ? { erased_at: Date.now() } : {}) })
      .where('id', '=', job.id)
      .execute()
    await run.note({ done: nth + 2, waits_for: null, checkpoint: phases.took(name) })
  }
  const receipt = await receiptOf(
    parts,
    { job, row, scope, approval, places, erasedAt: await erasedAt(parts, job.id) },
    run.signal,
  )
  await parts.db
    .updateTable('erasures')
    .set({ receipt: JSON.stringify(receipt) })
    .where('id', '=', job.id)
    .execute()
  await forgetNames(parts.db, job.id)
  await run.note({ done: STEPS, checkpoint: phases.took('receipt') })
  return null
}

/** How long each phase took, milliseconds, with what it took before the process that began it was stopped. */
function startPhases(before: Readonly<Record<string, number>> | null) {
  const all: Record<string, number> = { ...before }
  let since = performance.now()
  return {
    took(name: string): Readonly<Record<string, number>> {
      const now = performance.now()
      all[name] = Math.round((all[name] ?? 0) + now - since)
      since = now
      return all
    },
  }
}

async function erasedAt({ db }: EraseParts, id: string): Promise<number> {
  const { erased_at } = await db
    .selectFrom('erasures')
    .select('erased_at')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return erased_at ?? Date.now()
}

export async function approvalOf(
  { db }: Pick<EraseParts, 'db'>,
  { approval_id }: Pick<Job, 'approval_id'>,
): Promise<ApprovalRow> {
  if (approval_id === null) throw new Error('an erasure without an approval')
  return await db.selectFrom('approvals').selectAll().where('id', '=', approval_id).executeTakeFirstOrThrow()
}

/** A ledger that is further behind is being built, and would find nothing. */
const BEHIND_MS = 300_000

/** As it was found at first, by what the ledger knew then: later there is nothing left to find it by. */
async function scopeOf(
  parts: EraseParts,
  row: Pick<ErasuresTable, 'id' | 'tenant' | 'sealed_subject' | 'sealed_scope'>,
): Promise<ErasureScope> {
  const { keys } = requireKeys(parts)
  if (row.sealed_scope !== null) return JSON.parse(open(row.sealed_scope, keys, row.id).toString()) as ErasureScope
  if (row.sealed_subject === null) throw new Error('the erasure does not know any more whom it is about')
  const subject = readSubject(open(row.sealed_subject, keys, row.id).toString())
  await requireCaughtUp(parts.db, Date.now() - BEHIND_MS)
  const scope = await findScope(parts, row.tenant, subject)
  await keepScope(parts, row.id, scope)
  return scope
}

async function keepScope(parts: EraseParts, id: string, scope: ErasureScope): Promise<void> {
  const sealed_scope = seal(JSON.stringify(scope), requireKeys(parts).keys, id)
  await parts.db.updateTable('erasures').set({ sealed_scope }).where('id', '=', id).execute()
}

/** Entries first: they are what poller, refresh, replay, redrive and rebuild obey where Redis has lost what it knew. */
async function destroyed({ parts, job, scope, approval }: Erasing): Promise<DonePlace[]> {
  const { kafka, redis } = parts
  const at = Date.now()
  const entry = async (kind: Erasure['kind'], subject: string): Promise<Erasure> => ({
    tenant: scope.tenant,
    subject_hash: await hashOf(parts, scope.tenant, subject),
    kind,
    erased_at: at,
    requested_by: approval.requested_by,
    approved_by: approval.decided_by ?? '',
    approval_id: approval.id,
    receipt_id: job.id,
    keys_until: null,
  })
  const entries = [await entry(scope.subject.kind, subjectText(scope.subject))]
  for (const { kind, id } of scope.dataSubjects) entries.push(await entry(kind, `${scope.tenant}/${id}`))
  // Beside it what Redis does not know yet: once they are marked there, it takes no more.
  await Promise.all([writeErasures(kafka, entries), parts.refillKeys?.()])
  const keys = await destroyKeys({ kafka, redis }, keySubjectsOf(scope), at)
  return [
    { place: `topic ${topics.erasures.name}`, what: 'hashed entries', count: entries.length },
    keysDestroyed(keys),
  ]
}

function keysDestroyed(count: number): DonePlace {
  return { place: `topic ${topics.keys.name}`, what: 'data keys destroyed', count }
}

async function emptied({ parts, job, scope, approval }: Erasing): Promise<DonePlace[]> {
  const { kafka } = parts
  const [nulls, nodes, events] = await Promise.all([
    writeNulls(kafka, scope),
    askToForget(kafka, scope, Date.now()),
    hearAgain(parts, scope, job.id, approval.requested_by),
  ])
  return [
    ...Array.from(nulls, ([name, count]) => ({ place: `topic ${name}`, what: 'nulls written', count })),
    { place: `topic ${topics.nodes.name}`, what: 'nodes told to be folded again without it', count: nodes },
    { place: `topic ${topics.replays.name}`, what: 'events of others read again for these nodes', count: events },
  ]
}

async function outOfRedis({ parts, scope }: Erasing): Promise<DonePlace[]> {
  return await clearRedis(parts, scope)
}

async function clearRedis(
  { kafka, redis }: Pick<EraseParts, 'kafka' | 'redis'>,
  scope: ErasureScope,
): Promise<DonePlace[]> {
  const clusterId = await kafka.clusterId()
  const keys = await deleteRedis(redis, redisKeysOf(scope, clusterId))
  const entries = await leaveRedisLists(redis, scope, clusterId)
  return [
    ...Array.from(keys, ([form, count]) => ({ place: `redis ${form}`, what: 'keys deleted', count })),
    ...Array.from(entries, ([form, count]) => ({ place: `redis ${form}`, what: 'entries taken out', count })),
  ]
}

async function outOfTables({ parts: { db }, scope }: Erasing): Promise<DonePlace[]> {
  return await deleteRows(db, scope)
}

/** What a service had in hand when the keys went is written within this, or never. */
const IN_HAND_MS = 3_000
const LOOKS = 30
const LOOK_EVERY_MS = 250
/** Then others have their turn. */
const WAIT_FOR_LEDGER_MS = 30_000
/** For services that are behind, from the approval on; the promise is 60 s, and the late look follows. */
const WAIT_FOR_SERVICES_MS = 35_000
/** Clocks of processes differ by less. */
const CLOCKS_MS = 60_000

/**
 * Looks again, once the ledger has what was written until it was approved: for more that belongs to it, which goes the same way, and for what came in while
 * it was erased; until there is nothing, and nothing can be in hand any more.
 */
async function lookedAgain(running: Running): Promise<DonePlace[]> {
  const { parts, run, job, approval } = running
  const approvedAt = approval.decided_at ?? Date.now()
  let scope = running.scope
  let done: readonly DonePlace[] = []
  let isWorkedOff = false
  for (let nth = 0; nth < LOOKS; nth++) {
    const settledAt = (await erasedAt(parts, job.id)) + IN_HAND_MS
    // Without keys nothing stops what comes in: the ledger has to be past it.
    const found = await findAgain(running, scope, parts.isEncrypted ? approvedAt : settledAt)
    const news = newsOf(found, scope)
    if (news !== undefined) {
      scope = joined(scope, found)
      await keepScope(parts, job.id, scope)
      done = merged(done, await eraseMore({ ...running, scope: news }))
    } else if (Date.now() < settledAt) await sleep(settledAt - Date.now(), undefined, { signal: run.signal })
    else if (!isWorkedOff) {
      await untilWorkedOff(parts.kafka, approvedAt + WAIT_FOR_SERVICES_MS, run.signal)
      isWorkedOff = true
    } else if (await isThere(parts, scope)) done = merged(done, await sweepScope(parts, scope))
    else return merged(done, [keysDestroyed(await leftKeys(parts, [scope], approvedAt, run.signal))])
    await run.note({ waits_for: 'what was under way while it was erased' })
    await sleep(LOOK_EVERY_MS, undefined, { signal: run.signal })
  }
  throw Object.assign(new Error('something of it still comes in'), { retryable: true })
}

async function findAgain({ parts, run, job }: Running, scope: ErasureScope, since: number): Promise<ErasureScope> {
  const end = Date.now() + WAIT_FOR_LEDGER_MS
  while (Date.now() < end && !(await isCaughtUp(parts.db, since))) {
    await run.note({ waits_for: 'the ledger has not everything yet that was written until it was approved' })
    await sleep(LOOK_EVERY_MS, undefined, { signal: run.signal })
  }
  return await findScope(parts, job.tenant, scope.subject, since, scope)
}

/** Destroys keys that a process made before it heard of the erasure; what was made before it is in Redis. @returns how many */
export async function leftKeys(
  parts: EraseParts,
  scopes: readonly ErasureScope[],
  since: number,
  signal: AbortSignal,
): Promise<number> {
  const subjects = new Set(scopes.flatMap(keySubjectsOf))
  return await destroyLeftKeys(parts, (subject) => subjects.has(subject), { since: since - CLOCKS_MS, signal })
}

/** Erases what was found late in the same way. */
export async function eraseMore(running: Erasing): Promise<DonePlace[]> {
  let done: readonly DonePlace[] = []
  for (const take of [destroyed, emptied, outOfRedis, outOfTables]) done = merged(done, await take(running))
  const { parts, job } = running
  await parts.db.updateTable('erasures').set({ erased_at: Date.now() }).where('id', '=', job.id).execute()
  return [...done]
}

async function isThere({ db, kafka, redis }: EraseParts, scope: ErasureScope): Promise<boolean> {
  const rows = await countRows(db, scope)
  if (rows.some(({ count }) => count > 0)) return true
  const keys = await countRedis(redis, redisKeysOf(scope, await kafka.clusterId()))
  return [...keys.values()].some((count) => count > 0)
}

/** Takes away what came since. */
export async function sweepScope(parts: EraseParts, scope: ErasureScope): Promise<DonePlace[]> {
  return [...(await clearRedis(parts, scope)), ...(await deleteRows(parts.db, scope))]
}

/** Counts of the same done in the same place are one. */
function merged(known: readonly DonePlace[], more: readonly DonePlace[]): DonePlace[] {
  const all = new Map<string, DonePlace>()
  for (const each of [...known, ...more]) {
    const name = `${each.place}\u0000${each.what}`
    all.set(name, { ...each, count: each.count + (all.get(name)?.count ?? 0) })
  }
  return [...all.values()]
}

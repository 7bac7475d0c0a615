import type { Kafka, Log } from '@millrace/kafka'
import { type ChainHead, type ChainReport, chained, emptyHead, readAudit, verifyChain } from '@millrace/operations'
import type { AuditEntry } from '@millrace/schemas'
import type { SecretKeys } from '@millrace/signing'
import { type Kysely, sql, type Transaction } from 'kysely'
import { plainTexts, type RestingTexts } from '../db/resting.ts'
import type { Tables } from '../db/tables.ts'
import { atRest, startRelay } from './relay.ts'

/** Who acted, as far as the audit keeps it. */
export interface AuditActor {
  readonly id: string
  readonly name: string
  readonly kind: AuditEntry['actor_kind']
  /** Of a token: the user behind it. */
  readonly personId?: string
}

/** Who acts where nobody in particular does. */
export const consoleActor = { id: 'console', name: 'console', kind: 'service' } as const satisfies AuditActor

/** What somebody did or tried to do. */
export interface AuditInput {
  readonly actor: AuditActor
  /** Empty for what concerns the whole installation. */
  readonly tenant: string
  /** Dotted: `endpoint.create`, `user.disable` … */
  readonly action: string
  readonly subject: string
  readonly reason?: string
  readonly approval_id?: string | null
  readonly outcome: AuditEntry['outcome']
  /** Figures and names behind it. Nothing secret, of people only who acted. */
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>
}

export interface Audit {
  /**
   * Notes an entry at the end of the chain, in the caller's transaction where there is one: the entry is there exactly when the change is. It reaches
   * the topic soon after. Others wait for their place until the transaction ends, so keep it short.
   */
  append(entry: AuditInput, trx?: Transaction<Tables>): Promise<ChainHead>
  /**
   * For an effect outside the database: notes `begun`, waits until the topic has it, does the work, and notes `done` or `failed`, with the number of
   * what was begun. Nothing happens that the topic does not tell of; after a crash in between the end is missing. @throws what `work` throws; ConsoleError-like retryable errors while Kafka is away
   */
  during<T>(entry: Omit<AuditInput, 'outcome'>, work: () => Promise<T>): Promise<T>
  /** Reads the topic from its start. Calls at the same time share one reading. */
  verify(): Promise<ChainReport>
  /** Stops writing to the topic; what is left is written by the next process. Idempotent. */
  close(): Promise<void>
}

export interface AuditOptions {
  readonly db: Kysely<Tables>
  readonly kafka: Kafka
  readonly log: Log
  /** Without them entries have no mac. */
  readonly keys: SecretKeys | undefined
  /** How reasons and details rest in the database; default as they are. */
  readonly resting?: RestingTexts
}

const MAX_REASON = 1_000
const MAX_SUBJECT = 500
/** `begun` must be in the topic before the effect. */
const WRITTEN_WITHIN_MS = 5_000
/** Advisory lock of the chain's end: any number, the same in every process. */
const CHAIN_LOCK = 7_310_001

export function createAudit({ db, kafka, log, keys, resting = plainTexts }: AuditOptions): Audit {
  const relay = startRelay({ db, kafka, log, resting })
  const parts = { kafka, keys, resting }

  const append: Audit['append'] = async (input, trx) => {
    if (trx !== undefined) return await appendIn(trx, parts, input)
    const head = await db.transaction().execute((own) => appendIn(own, parts, input))
    relay.wake()
    return head
  }

  let verifying: Promise<ChainReport> | undefined
  const verify = async () => {
    const expected = await publishedHead(db)
    return await verifyChain(readAudit(kafka), { keys, expected })
  }

  return {
    append,
    async during(entry, work) {
      const { sequence } = await append({ ...entry, outcome: 'begun' })
      await relay.written(sequence, WRITTEN_WITHIN_MS)
      const result = await work().catch(async (error: unknown) => {
        const { code = null } = error as { code?: string }
        await append({ ...entry, outcome: 'failed', detail: { ...entry.detail, begun: sequence, error: code } })
        throw error
      })
      await append({ ...entry, outcome: 'done', detail: { ...entry.detail, begun: sequence } })
      return result
    },
    verify() {
      verifying ??= verify().finally(() => {
        verifying = undefined
      })
      return verifying
    },
    close: () => relay.close(),
  }
}

async function appendIn(
  trx: Transaction<Tables>,
  { kafka, keys, resting }: Pick<AuditOptions, 'kafka' | 'keys'> & { readonly resting: RestingTexts },
  input: AuditInput,
): Promise<ChainHead> {
  await sql`select pg_advisory_xact_lock(${CHAIN_LOCK})`.execute(trx)
  const row = chained(unchained(input, Date.now()), await headOf(trx, kafka), keys)
  await trx
    .insertInto('audit_entries')
    .values({ ...atRest(row, resting), topic_offset: null })
    .execute()
  return { sequence: row.sequence, hash: row.hash }
}

/** The chain goes on where it ended; a database that was wiped asks the topic. */
async function headOf(trx: Transaction<Tables>, kafka: Kafka): Promise<ChainHead> {
  const row = await trx
    .selectFrom('audit_entries')
    .select(['sequence', 'hash'])
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row ?? (await topicHead(kafka))
}

async function topicHead(kafka: Kafka): Promise<ChainHead> {
  let head = emptyHead
  for await (const { entry } of readAudit(kafka)) if (entry !== null && entry.sequence > head.sequence) head = entry
  return { sequence: head.sequence, hash: head.hash }
}

/** The newest entry that the topic must have. */
async function publishedHead(db: Kysely<Tables>): Promise<ChainHead | undefined> {
  return await db
    .selectFrom('audit_entries')
    .select(['sequence', 'hash'])
    .where('topic_offset', 'is not', null)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
}

function unchained(input: AuditInput, at: number) {
  const { actor, detail = {} } = input
  const person = actor.personId === undefined || actor.personId === actor.id ? {} : { person: actor.personId }
  return {
    tenant: input.tenant,
    at,
    actor_id: actor.id,
    actor_name: actor.name,
    actor_kind: actor.kind,
    action: input.action,
    subject: input.subject.slice(0, MAX_SUBJECT),
    reason: (input.reason ?? '').slice(0, MAX_REASON),
    approval_id: input.approval_id ?? null,
    outcome: input.outcome,
    detail_json: JSON.stringify({ ...detail, ...person }),
  }
}

import type { ErasureScope } from '@millrace/operations'
import { personalTables } from '@millrace/service-kit/personal-data'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/db/connect.ts'
import { deleteRows, rowsOf } from '../../src/erase/rows.ts'
import { openTestDatabase } from '../support/databases.ts'

const CANARY = 'canary'
const scope: ErasureScope = {
  tenant: 'default',
  subject: { kind: 'client', id: CANARY },
  dataSubjects: [
    { kind: 'conversation', id: CANARY },
    { kind: 'client', id: CANARY },
  ],
  events: [],
  accounts: [],
  endpoints: [],
  nodes: [],
  relationships: [],
  knownUntil: 0,
}

const ofUs = 'names those who use the console, of whom nothing is erased'
const ours = 'configuration, in the words of those who run Millrace'

/** Tables that hold something of people and that no erasure of a subject changes, with the reason. */
const leftTables: Readonly<Record<string, string>> = {
  endpoints: ours,
  modes: ours,
  rejected_requests: 'addresses of senders, of whom nothing else is known; gone by age',
  users: ofUs,
  user_roles: ofUs,
  tokens: ofUs,
  sessions: ofUs,
  login_codes: ofUs,
  login_failures: ofUs,
  approval_uses: ofUs,
  user_vouches: ofUs,
  audit_entries: 'what was done stays told; a reason must not name whom an erasure is about',
  erasures: 'seals whom it is about until it has ended, and takes that out by itself',
}

/** Tables whose rows outlive what they name: columns that are cleaned, and those that are not, with the reason. */
const outliving: Readonly<
  Record<string, { readonly cleaned: string; readonly left: Readonly<Record<string, string>> }>
> = {
  parity_findings: { cleaned: 'differences', left: {} },
  replay_jobs: {
    cleaned: 'request',
    left: { 'requested_by requested_by_name': ofUs, 'reason error': 'words of ours; gone with the job by age' },
  },
  approvals: {
    cleaned: 'subject reason params_json decision_reason result_json error',
    left: { 'requested_persons requested_by requested_name decided_by decided_name': ofUs },
  },
}

const names = (list: string) => list.split(' ').filter(Boolean)
const columnsOf = ({ subject, content }: { readonly subject: string; readonly content: string }) => [
  ...names(subject),
  ...names(content),
]

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())

async function changedTables(): Promise<string[]> {
  const done = await deleteRows(database.db, scope)
  return done.map(({ place }) => place.replace(/^table /, ''))
}

test('every table that holds something of people loses it by an erasure, or is left for a reason', async () => {
  const changed = new Set(await changedTables())
  const personal = Object.entries(personalTables).filter(([, columns]) => columnsOf(columns).length > 0)
  const missed = personal.map(([table]) => table).filter((table) => !changed.has(table))
  expect(missed.toSorted()).toEqual(Object.keys(leftTables).toSorted())
})

test('of every table whose rows stay it is said which columns are cleaned and which not', async () => {
  const deleted = new Set(rowsOf(scope).map(({ table }) => table))
  expect((await changedTables()).filter((table) => !deleted.has(table)).toSorted()).toEqual(
    Object.keys(outliving).toSorted(),
  )
  for (const [table, { cleaned, left }] of Object.entries(outliving)) {
    const said = [cleaned, ...Object.keys(left)].flatMap(names)
    const listed = personalTables[table] ?? { subject: '', content: '' }
    expect(said.toSorted(), table).toEqual(columnsOf(listed).toSorted())
  }
})

test('what is to be cleaned is cleaned', async () => {
  const { db } = database
  const differences = JSON.stringify([{ conversation_id: CANARY }, { conversation_id: 'other' }])
  await sql`insert into parity_findings values ('default', 'front', 1, 'front', 'compared', 0, 0, 0, '{}', '{}', ${differences}, 0)`.execute(
    db,
  )
  const request = JSON.stringify({ selection: { conversation: CANARY, client: CANARY, q: CANARY } })
  await sql`insert into replay_jobs (id, tenant, kind, state, request, rate, reason, requested_by, requested_by_name, created_at, ended_at)
    values ('rpl_1', 'default', 'replay', 'done', ${request}, 1, '', 'ada', 'Ada', 0, ${Date.now()})`.execute(db)
  await sql`insert into approvals (id, tenant, kind, subject, reason, params_json, params_sha256, status, requested_persons, requested_by,
      requested_name, requested_kind, requested_at, expires_at, decision_reason, result_json, error)
    values ('apr_1', 'default', 'webhook-data', ${`client/${CANARY}`}, ${CANARY}, ${JSON.stringify(CANARY)}, '', 'done', '{ada}', 'ada',
      'Ada', 'user', 0, 0, ${CANARY}, ${JSON.stringify(CANARY)}, ${CANARY})`.execute(db)
  const named = async () => {
    const found: string[] = []
    for (const [table, { cleaned }] of Object.entries(outliving))
      for (const column of names(cleaned)) {
        const { rows } = await sql<{
          text: string | null
        }>`select ${sql.ref(column)}::text as text from ${sql.table(table)}`.execute(db)
        if (rows.some(({ text }) => text?.includes(CANARY))) found.push(`${table}.${column}`)
      }
    return found
  }
  expect(await named()).toHaveLength(8)
  await deleteRows(db, scope)
  expect(await named()).toEqual([])
})

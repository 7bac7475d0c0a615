import type { ConversationSnapshot, SnapshotPerson } from '@millrace/schemas'
import { sql } from 'kysely'
import { snapshotWords } from '../words/record-words.ts'
import { asJson, type Handle, jsonOf } from './json-rows.ts'
import type { LastRows, PreparedRows } from './prepare-rows.ts'
import { joined, type LedgerRows, noteHop, type SnapshotFacts, touch } from './rows.ts'
import type { Sealer } from './sealer.ts'
import { writeLast } from './write-last.ts'

interface Known {
  readonly tenant: string
  readonly conversation_id: string
  readonly caused_by: readonly string[]
  readonly pending: readonly string[]
}

/** The last state of each conversation. */
export function conversationRows({ snapshots }: LedgerRows, sealer: Sealer | undefined): LastRows {
  const kept: object[] = []
  const gone: object[] = []
  for (const { tenant, conversation_id, snapshots: states } of snapshots.values()) {
    const last = states.at(-1)
    const row = last?.value ? sealedRow(last.value, last, sealer) : undefined
    if (row === undefined) gone.push({ tenant, conversation_id })
    else kept.push(row)
  }
  return { kept: asJson(kept), gone }
}

/** Writes the last state of each conversation, and notes which events it is the first to reflect. */
export async function writeSnapshots(db: Handle, { rows, conversations }: PreparedRows): Promise<void> {
  if (rows.snapshots.size === 0) return
  const known = await knownOf(db, [...rows.snapshots.values()])
  for (const facts of rows.snapshots.values())
    noteReflected(rows, facts, known.get(joined(facts.tenant, facts.conversation_id)))
  await writeLast(db, 'conversations', ['tenant', 'conversation_id'], conversations)
}

async function knownOf(db: Handle, facts: readonly SnapshotFacts[]): Promise<ReadonlyMap<string, Known>> {
  const keys = jsonOf(facts.map(({ tenant, conversation_id }) => ({ tenant, conversation_id })))
  const { rows } = await sql<Known>`select tenant, conversation_id, conversations.caused_by, conversations.pending
    from json_populate_recordset(null::conversations, ${keys}::json) as given
    join conversations using (tenant, conversation_id)`.execute(db)
  return new Map(rows.map((row) => [joined(row.tenant, row.conversation_id), row]))
}

function noteReflected(rows: LedgerRows, { tenant, snapshots }: SnapshotFacts, known: Known | undefined): void {
  const reflected = new Set(known?.caused_by)
  let pending: readonly string[] = known?.pending ?? []
  for (const { at, value } of snapshots) {
    if (value === null) continue
    for (const id of value.caused_by) {
      if (reflected.has(id)) continue
      reflected.add(id)
      noteHop(rows, tenant, id, 'snapshot_at', at)
      touch(rows, tenant, id)
    }
    // Reflected without being named: it was followed by more events than are named.
    for (const id of pending) if (!value.pending.includes(id)) touch(rows, tenant, id)
    pending = value.pending
  }
}

function peopleOf(...people: readonly (SnapshotPerson | null)[]): string {
  return people
    .flatMap((person) => [person?.name, person?.handle].filter(Boolean))
    .join(' ')
    .toLowerCase()
}

interface Written {
  readonly subject: string | null
  readonly at: number
}

/** Undefined for what was erased. */
function sealedRow(value: ConversationSnapshot, { subject, at }: Written, sealer: Sealer | undefined) {
  const row = rowOf(value, at)
  if (sealer === undefined || subject === null) return { ...row, sealed: null, sealed_snapshot: null, words: null }
  const sealed = sealer.seal(subject, { subject: row.subject, shown: row.shown }, 'lasting')
  const sealed_snapshot = sealer.seal(subject, row.snapshot, 'lasting')
  if (sealed === 'erased' || sealed_snapshot === 'erased') return undefined
  const empty = { subject: null, assignee: value.assignee?.id ?? null, people: '', shown: {}, snapshot: {} }
  return { ...row, ...empty, sealed, sealed_snapshot, words: sealer.tokens(value.tenant, snapshotWords(value)) }
}

function rowOf(value: ConversationSnapshot, at: number) {
  const { fold_json: _, ...snapshot } = value
  const { tenant, conversation_id, account, state, merged_into, completeness, subject, status, as_of, created_at } =
    value
  return {
    ...{ tenant, conversation_id, account, state, merged_into, completeness, subject, status, as_of, created_at },
    assignee: value.assignee?.id ?? value.assignee?.name ?? null,
    people: peopleOf(value.recipient, value.assignee),
    written_at: at,
    message_count: value.messages.length,
    has_more: value.has_more,
    caused_by: value.caused_by,
    pending: value.pending,
    shown: shownOf(value),
    snapshot,
  }
}

function shownOf({ assignee, recipient, tags, messages: [last] }: ConversationSnapshot) {
  const last_message =
    last === undefined ? null : { at: last.created_at, is_inbound: last.is_inbound, blurb: last.blurb }
  return { assignee, recipient, tags, last_message }
}

import type { Attempt } from '@millrace/schemas'
import { payloadWords } from '../words/payload-words.ts'
import { nodeRow, relationshipRow } from './graph-rows.ts'
import { asJson, type JsonRows } from './json-rows.ts'
import { textOrBytes } from './payload-text.ts'
import {
  type AttemptRow,
  asRepeat,
  type EventRow,
  type Gone,
  isGone,
  joined,
  type LedgerRows,
  type Owned,
  type PayloadFacts,
  type PayloadRow,
} from './rows.ts'
import type { Sealer } from './sealer.ts'
import { conversationRows } from './write-snapshots.ts'

/** What a batch becomes. Everything that asks nothing of the database is ready to be sent, since that can be done while the batch before is written. */
export interface PreparedRows {
  readonly rows: LedgerRows
  /** One an id: its first. */
  readonly events: JsonRows<EventRow>
  readonly payloads: JsonRows<PayloadRow>
  readonly attempts: JsonRows
  readonly extractions: JsonRows
  readonly conversations: LastRows
  readonly nodes: LastRows
  readonly relationships: LastRows
}

/** Of things with a last state: what is there, and the keys of what is gone. */
export interface LastRows {
  readonly kept: JsonRows
  readonly gone: readonly object[]
}

/**
 * @param oldest payloads of days before it are past their retention and are not kept
 * @param sealer encrypts contents, prepared for all subjects in `rows`; without it they are kept as they are
 */
export function prepareRows(rows: LedgerRows, oldest: number, sealer?: Sealer): PreparedRows {
  return {
    rows,
    events: asJson(firstOfEach(rows)),
    payloads: asJson(rows.payloads.filter(({ day }) => day >= oldest).flatMap((facts) => payloadRow(facts, sealer))),
    attempts: asJson(rows.attempts.map((attempt) => attemptRow(attempt, sealer))),
    extractions: asJson(rows.extractions),
    conversations: conversationRows(rows, sealer),
    nodes: lastRows(
      mapped(rows.nodes, (node) => nodeRow(node, sealer)),
      ['tenant', 'id'],
    ),
    relationships: lastRows(
      mapped(rows.relationships, (edge) => relationshipRow(edge, sealer)),
      ['tenant', 'id'],
    ),
  }
}

function payloadRow({ subject, payload, ...key }: PayloadFacts, sealer: Sealer | undefined): PayloadRow[] {
  if (sealer === undefined || subject === null) return [{ ...key, ...textOrBytes(payload) }]
  const sealed = sealer.seal(subject, payload, 'aging')
  if (sealed === 'erased') return []
  return [{ ...key, sealed, words: sealer.tokens(key.tenant, payloadWords(payload.toString())) }]
}

/** A try without its answer tells nothing of anybody. */
function attemptRow({ subject, value }: Owned<Attempt>, sealer: Sealer | undefined): AttemptRow {
  if (sealer === undefined || subject === null || value.answer === null) return value
  const sealed = sealer.seal(subject, value.answer, 'aging')
  return { ...value, answer: null, sealed: sealed === 'erased' ? null : sealed }
}

function mapped<V extends object, R>(values: ReadonlyMap<string, V | Gone>, toRow: (value: V) => R | Gone) {
  return new Map(Array.from(values, ([key, value]) => [key, isGone(value) ? value : toRow(value)] as const))
}

/** The others of an id become runs of it. */
function firstOfEach({ events, runs }: LedgerRows): readonly EventRow[] {
  const first = new Map<string, EventRow>()
  for (const event of events) {
    const key = joined(event.tenant, event.event_id)
    if (first.has(key)) runs.push(asRepeat(event))
    else first.set(key, event)
  }
  return [...first.values()]
}

export function lastRows<R extends object>(
  rows: ReadonlyMap<string, R | Gone>,
  keys: readonly [keyof R & string, keyof R & string],
): LastRows {
  const kept: R[] = []
  const gone: object[] = []
  for (const row of rows.values()) {
    if (isGone(row)) gone.push({ [keys[0]]: row.gone[0], [keys[1]]: row.gone[1] })
    else kept.push(row)
  }
  return { kept: asJson(kept), gone }
}

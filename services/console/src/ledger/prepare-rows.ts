import { asJson, type JsonRows } from './json-rows.ts'
import { asRepeat, type EventRow, type Gone, isGone, joined, type LedgerRows, type PayloadRow } from './rows.ts'
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

/** @param oldest payloads of days before it are past their retention and are not kept */
export function prepareRows(rows: LedgerRows, oldest: number): PreparedRows {
  return {
    rows,
    events: asJson(firstOfEach(rows)),
    payloads: asJson(rows.payloads.filter(({ day }) => day >= oldest)),
    attempts: asJson(rows.attempts),
    extractions: asJson(rows.extractions),
    conversations: conversationRows(rows),
    nodes: lastRows(rows.nodes, ['tenant', 'id']),
    relationships: lastRows(rows.relationships, ['tenant', 'id']),
  }
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

import type { NextOffset } from '@millrace/kafka'
import { sql } from 'kysely'
import { type Handle, jsonOf } from './json-rows.ts'
import { joined } from './rows.ts'

/** Up to where each partition is in the ledger, by `joined(topic, partition)`. */
export type Positions = Map<string, NextOffset>

export async function readPositions(db: Handle): Promise<Positions> {
  const rows = await db.selectFrom('ledger_positions').selectAll().execute()
  return new Map(
    rows.map(({ topic, partition, next_offset }) => [
      joined(topic, partition),
      { topic, partition, offset: BigInt(next_offset) },
    ]),
  )
}

/** Somebody else wrote the ledger: whoever meets this begins again from what is there. */
export class PositionsMoved extends Error {
  override readonly name = 'PositionsMoved'
}

/**
 * Moves positions on where they are still the known ones; part of the transaction that writes what lies between.
 * @throws PositionsMoved when another projector moved them, or the database was emptied
 */
export async function movePositions(db: Handle, known: Positions, next: readonly NextOffset[]): Promise<void> {
  if (next.length === 0) return
  const moves = next.map(({ topic, partition, offset }) => ({
    topic,
    partition,
    next_offset: Number(offset),
    was: known.get(joined(topic, partition)),
  }))
  const added = moves.filter(({ was }) => was === undefined)
  const moved = moves.flatMap(({ was, ...move }) => (was === undefined ? [] : [{ ...move, was: Number(was.offset) }]))
  const inserted = await sql`insert into ledger_positions
    select * from json_populate_recordset(null::ledger_positions, ${jsonOf(added)}::json) on conflict do nothing`.execute(
    db,
  )
  const updated = await sql`update ledger_positions as p set next_offset = m.next_offset
    from json_to_recordset(${jsonOf(moved)}::json) as m (topic text, partition integer, next_offset bigint, was bigint)
    where p.topic = m.topic and p.partition = m.partition and p.next_offset = m.was`.execute(db)
  const changed = Number(inserted.numAffectedRows ?? 0) + Number(updated.numAffectedRows ?? 0)
  if (changed !== moves.length)
    throw new PositionsMoved(`${moves.length - changed} positions are not where they were left`)
}

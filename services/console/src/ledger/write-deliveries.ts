import { sql } from 'kysely'
import { type DeliveryRow, foldDelivery } from './fold-delivery.ts'
import { asJson, type Handle, insertRows, jsonOf, upsertRows } from './json-rows.ts'
import type { PreparedRows } from './prepare-rows.ts'
import { joined, type LedgerRows } from './rows.ts'

/** Folds what the batch tells of deliveries into what is known of them. */
export async function writeDeliveries(db: Handle, { rows, attempts }: PreparedRows): Promise<void> {
  await insertRows(db, 'attempts', attempts)
  if (rows.deliveries.size === 0) return
  const known = await knownOf(db, rows)
  const folded: DeliveryRow[] = []
  for (const [place, { key, facts }] of rows.deliveries) {
    const before = known.get(place)
    const after = facts.reduce<DeliveryRow | undefined>((row, fact) => foldDelivery(row, key, fact), before)
    if (after === undefined) continue
    folded.push(after)
    if (after.state !== before?.state)
      rows.changes.push({ tenant: key.tenant, kind: 'delivery', id: key.delivery_id, at: facts.at(-1)?.at ?? 0 })
  }
  await upsertRows(db, 'deliveries', ['tenant', 'delivery_id', 'run_id'], asJson(folded))
}

async function knownOf(db: Handle, { deliveries }: LedgerRows): Promise<ReadonlyMap<string, DeliveryRow>> {
  const keys = jsonOf(Array.from(deliveries.values(), ({ key }) => key))
  const { rows } = await sql<DeliveryRow>`select deliveries.*
    from json_populate_recordset(null::deliveries, ${keys}::json) as given
    join deliveries on deliveries.tenant = given.tenant and deliveries.delivery_id = given.delivery_id
      and deliveries.run_id = given.run_id`.execute(db)
  return new Map(rows.map((row) => [joined(row.tenant, row.delivery_id, row.run_id), row]))
}

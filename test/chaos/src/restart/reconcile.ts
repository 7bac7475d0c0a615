import type { Kafka } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import { countIds } from '../check-events.ts'

/** What the topics hold, counted. */
export interface Reconciled {
  /** How often each event id is in `webhooks.events`. */
  readonly events: ReadonlyMap<string, number>
  /** Ids of the events of each canonical type. */
  readonly byType: ReadonlyMap<string, readonly string[]>
  /** How often each event was asked to be delivered. */
  readonly requested: ReadonlyMap<string, number>
  /** How often the graph was made from each event or snapshot. */
  readonly extractions: ReadonlyMap<string, number>
  /** Events that some snapshot says that it reflects. */
  readonly reflected: ReadonlySet<string>
}

export async function reconcile(kafka: Kafka): Promise<Reconciled> {
  const byType = new Map<string, string[]>()
  const events = await countIds(kafka, topics.events, ({ event_id, type }) => {
    byType.set(type, [...(byType.get(type) ?? []), event_id])
    return event_id
  })
  const reflected = new Set<string>()
  await countIds(kafka, topics.snapshots, ({ caused_by, conversation_id }) => {
    for (const id of caused_by) reflected.add(id)
    return conversation_id
  })
  const requested = await countIds(kafka, topics.requested, ({ event_id }) => event_id)
  const extractions = await countIds(kafka, topics.extractions, ({ event_id }) => event_id)
  return { events, byType, requested, extractions, reflected }
}

/** Those that are counted more than once. */
export function doubled(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].filter((times) => times > 1).length
}

/** Those that are not counted at all. */
export function missing(ids: Iterable<string>, found: { has(id: string): boolean }): number {
  return [...new Set(ids)].filter((id) => !found.has(id)).length
}

/** Event ids that the console's ledger lists, and how often, page by page through its API. */
export async function ledgerEvents(consoleUrl: string, token: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  const headers = { authorization: `Bearer ${token}` }
  for (let cursor: string | null = ''; cursor !== null; ) {
    const next: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const answer = await fetch(`${consoleUrl}/api/v1/tenants/default/events?limit=200${next}`, { headers })
    if (!answer.ok) throw new Error(`the console answered ${answer.status}: ${await answer.text()}`)
    const page = (await answer.json()) as { items: { event_id: string }[]; next_cursor: string | null }
    for (const { event_id } of page.items) counts.set(event_id, (counts.get(event_id) ?? 0) + 1)
    cursor = page.next_cursor
  }
  return counts
}

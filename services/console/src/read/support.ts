import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { z } from 'zod'
import type { Tables } from '../db/tables.ts'
import { readFacts } from './read-timeline.ts'
import type { Reading } from './reading.ts'
import type { supportPack } from './schemas/support.ts'
import { configurationOf, modesOf } from './sources.ts'
import { timelineOf } from './timeline.ts'

export type SupportPack = z.infer<typeof supportPack>

/** What the masks below do, for whoever reads the pack. */
const masked = [
  'no payload, no headers, no secrets',
  'conversation, contact and client ids: their first four characters and a hash; equal ids look equal within this pack',
  'URLs: scheme and host only',
  'addresses: without their last part',
  'answers of endpoints: their length only',
]

/**
 * Everything that a support case needs of one event: ids, times, configuration and tries, without what is personal.
 * @throws ConsoleError `MR_CONSOLE_NOT_FOUND`
 */
export async function readSupportPack(reading: Reading, tenant: string, eventId: string): Promise<SupportPack> {
  const { db } = reading
  const facts = await readFacts(db, tenant, eventId)
  const { event } = facts
  const mask = maskerFor(eventId)
  const deliveries = facts.deliveries.map(({ tries, url: _, ...delivery }) => ({
    ...delivery,
    conversation_id: mask(delivery.conversation_id),
    tries: tries.map((each) => ({ ...each, address: maskAddress(each.address), answer: lengthOf(each.answer) })),
  }))
  const [modes, endpoints] = await Promise.all([
    modesOf(db, tenant),
    endpointsOf(
      db,
      tenant,
      facts.deliveries.map(({ endpoint_id }) => endpoint_id),
    ),
  ])
  const source = reading.sources
    .current()
    .sources.find(({ name, tenant: of }) => name === event.source && of === tenant)
  return {
    made_at: Date.now(),
    versions: { millrace: reading.version, node: process.version },
    masked,
    event: {
      ...event,
      conversation_id: mask(event.conversation_id),
      contact_id: mask(event.contact_id),
      client_id: mask(event.client_id),
    },
    // Named by their ids: a path is often a secret.
    timeline: timelineOf({ ...facts, deliveries: facts.deliveries.map((each) => ({ ...each, url: null })) }),
    deliveries,
    dead_letters: facts.deadLetters.map(({ topic, at, error_code, error_message, stack }) => {
      return { topic, at, error_code, error_message, stack }
    }),
    configuration: {
      source: source === undefined ? null : { ...configurationOf(source, reading), url: source.path },
      mode: modes.get(event.source) ?? null,
      endpoints: endpoints.map((endpoint) => maskEndpoint(endpoint, mask)),
    },
  }
}

async function endpointsOf(db: Kysely<Tables>, tenant: string, ids: readonly string[]) {
  if (ids.length === 0) return []
  return await db
    .selectFrom('endpoints')
    .select(['endpoint_id', 'url', 'config'])
    .where('tenant', '=', tenant)
    .where('endpoint_id', 'in', [...new Set(ids)])
    .execute()
}

type Mask = (id: string | null) => string | null

/** Salted with the event, so that packs of several events cannot be joined by their masks. */
function maskerFor(eventId: string): Mask {
  return (id) => {
    if (id === null) return null
    const hash = createHash('sha256').update(`${eventId}\0${id}`).digest('hex').slice(0, 8)
    return `${id.slice(0, 4)}…${hash}`
  }
}

function maskEndpoint(
  { endpoint_id, url, config }: { readonly endpoint_id: string; readonly url: string; readonly config: unknown },
  mask: Mask,
): Record<string, unknown> {
  const { url: _, description: __, payload_filter, conversation_id, ...rest } = config as Record<string, unknown>
  return {
    ...rest,
    endpoint_id,
    url: hostOf(url),
    conversation_id: typeof conversation_id === 'string' ? mask(conversation_id) : null,
    has_payload_filter: payload_filter !== null && payload_filter !== undefined,
  }
}

/** Paths and queries of such URLs are often secrets themselves. */
function hostOf(url: string): string {
  return URL.canParse(url) ? `${new URL(url).origin}/…` : '…'
}

function maskAddress(address: string | null): string | null {
  return address === null ? null : address.replace(/([.:])[^.:]*$/, '$1…')
}

function lengthOf(answer: string | null): string | null {
  return answer === null ? null : `(${Buffer.byteLength(answer)} bytes)`
}

import {
  asId,
  completeFrontEvent,
  endpointsFor,
  outboundPayload,
  type ReadEvent,
  type ReadParts,
  readEvent,
} from '@millrace/domain'
import { type CallOptions, type FrontClient, FrontError, isId } from '@millrace/front-client'
import type { Delivery, DeliveryPreview, Endpoint } from '@millrace/schemas'
import type { FrontClients } from '@millrace/service-kit'
import type { EndpointDirectory } from './endpoint-directory.ts'
import { createSharedReads } from './share-reads.ts'

/** What became of a delivery whose event carried too little. */
export type Completed =
  /** Its body is final. */
  | { readonly kind: 'ready'; readonly delivery: Delivery }
  /** The provider is to be asked again after so many milliseconds. */
  | { readonly kind: 'later'; readonly ms: number }
  /** Its endpoint's filter does not fit after all, or another conversation config is more specific. */
  | { readonly kind: 'unwanted' }
  /** Whether the endpoint wants it cannot be found out. */
  | { readonly kind: 'unreadable'; readonly reason: string }

export interface Previews {
  /** @throws the signal's reason when it aborts */
  complete(delivery: Delivery, endpoint: Endpoint, signal: AbortSignal): Promise<Completed>
}

export interface PreviewsOptions {
  readonly fronts: Pick<FrontClients, 'of'>
  readonly endpoints: Pick<EndpointDirectory, 'about'>
  /** Milliseconds that one call waits for its turn in the account's budget. Default 2 000. */
  readonly maxWaitMs?: number
}

/** When the provider does not say when. */
const AGAIN_AFTER_MS = 5_000
const LONGEST_WAIT_MS = 15 * 60_000
const MAX_WAIT_MS = 2_000
const LONGEST_TURN_MS = 30_000

/** What is to be read, as a name that deliveries of the same event share, and how. */
interface Read {
  readonly name: string
  read(client: FrontClient, options: CallOptions): Promise<ReadParts>
}

/** In this order, and no further than the answer is known: each is a call of the account's budget. Undefined: there is nothing to read. */
const reads: readonly ((read: ReadEvent) => Read | undefined)[] = [
  ({ facts, message: { id } }) => {
    if (facts.isWhole || id === null || !isId('msg', id)) return undefined
    return { name: id, read: async (client, options) => ({ message: (await client.getMessage(id, options)).value }) }
  },
  ({ facts, event: { conversation_id: id } }) => {
    if ((facts.tags !== undefined && facts.usecase !== undefined) || !isConversation(id)) return undefined
    return {
      name: id,
      read: async (client, options) => ({
        conversation: (await client.getConversation(id, { ...options, followMerged: true })).value,
      }),
    }
  },
  ({ facts, event: { conversation_id: id } }) => {
    if (facts.inboxes !== undefined || !isConversation(id)) return undefined
    return {
      name: `inboxes of ${id}`,
      read: async (client, options) => ({
        inboxes: (await client.listConversationInboxes(id, { ...options, followMerged: true })).value,
      }),
    }
  },
]

/** Reads what an event lacks, in the lane `delivery` of the account's budget, before the first try of a delivery. */
export function createPreviews({ fronts, endpoints, maxWaitMs = MAX_WAIT_MS }: PreviewsOptions): Previews {
  const shared = createSharedReads()
  return {
    async complete(delivery, endpoint, signal) {
      if (delivery.preview === null) return { kind: 'ready', delivery }
      let read = readEvent(sourceOf(delivery, delivery.preview))
      let missing = 'nothing more can be read'
      let hasRead = false
      const client = fronts.of(delivery.tenant, delivery.preview.account)
      if (client === undefined) missing = 'the account has no API token'
      for (const [place, readOf] of client === undefined ? [] : reads.entries()) {
        const chosen = chosenFor(endpoint, read, endpoints)
        // The first reads the message, which is what is sent; the others only answer filters.
        if (chosen === undefined || (chosen.isCertain && (place > 0 || read.facts.isWhole))) break
        const next = readOf(read)
        if (next === undefined) continue
        try {
          // What was read is kept for moments only: rather than to spend the call again, the next one waits.
          const options = { lane: 'delivery', maxWaitMs: hasRead ? LONGEST_TURN_MS : maxWaitMs } as const
          const key = `${delivery.tenant}/${delivery.preview.account}/${next.name}`
          const parts = await shared.get(key, () => next.read(client as FrontClient, options))
          signal.throwIfAborted()
          hasRead = true
          read = readEvent({ ...read.event, payload: completeFrontEvent(read.event.payload, parts) })
        } catch (error) {
          if (!(error instanceof FrontError)) throw error
          if (error.retryable) return { kind: 'later', ms: waitFor(error) }
          missing = error.code
        }
      }
      return conclude(delivery, endpoint, read, { endpoints, missing })
    },
  }
}

function chosenFor({ endpoint_id }: Endpoint, read: ReadEvent, endpoints: PreviewsOptions['endpoints']) {
  return endpointsFor(endpoints.about(read.event), read).find(({ endpoint }) => endpoint.endpoint_id === endpoint_id)
}

function conclude(
  delivery: Delivery,
  endpoint: Endpoint,
  read: ReadEvent,
  { endpoints, missing }: { readonly endpoints: PreviewsOptions['endpoints']; readonly missing: string },
): Completed {
  const chosen = chosenFor(endpoint, read, endpoints)
  if (chosen === undefined) return { kind: 'unwanted' }
  if (!chosen.isCertain) return { kind: 'unreadable', reason: `its filter cannot be answered: ${missing}` }
  const body = Buffer.from(JSON.stringify(outboundPayload(read, endpoint)))
  return { kind: 'ready', delivery: { ...delivery, preview: null, body } }
}

function sourceOf(delivery: Delivery, { provider, occurred_at, contact_id, client_id, payload }: DeliveryPreview) {
  const { event_id, tenant, event_type, conversation_id } = delivery
  return { event_id, tenant, type: event_type, conversation_id, provider, occurred_at, contact_id, client_id, payload }
}

function waitFor({ retryAfterMs }: FrontError): number {
  return Math.min(LONGEST_WAIT_MS, Math.max(100, retryAfterMs ?? AGAIN_AFTER_MS))
}

function isConversation(id: string | null): id is string {
  return asId(id) !== null && isId('cnv', id ?? '')
}

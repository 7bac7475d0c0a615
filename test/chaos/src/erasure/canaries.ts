import { createHash } from 'node:crypto'
import { type GeneratedEvent, generateEvents, MAKE_PATH } from '@millrace/test-support'

/** Found wherever a conversation's person, words or subject are. */
const CANARY = /zq[0-9a-f]{12}/g

/** The word that only one conversation, contact or client has: part of the address, the name and every text of it. */
export function canaryOf(id: string): string {
  return `zq${createHash('sha256').update(id).digest('hex').slice(0, 12)}`
}

export function addressOf(id: string): string {
  return `${canaryOf(id)}@example.org`
}

/** Front's contact of a conversation's person. */
export function contactOf(id: string): string {
  return `crd_${canaryOf(id).slice(2)}`
}

/** Every canary in bytes. */
export function canariesIn(bytes: Buffer | string): Set<string> {
  const text = typeof bytes === 'string' ? bytes : bytes.toString('latin1')
  return new Set(text.match(CANARY))
}

/** Ids of the people of a run. */
const ID = /(?:cnv|crd)_[0-9a-z]+|clt-[0-9a-z]+-\d+/g

/** Every id of somebody in bytes. */
export function idsIn(bytes: Buffer | string): Set<string> {
  const text = typeof bytes === 'string' ? bytes : bytes.toString('latin1')
  return new Set(text.match(ID))
}

/** Webhooks of Front in which each conversation has a person of its own. */
export function canaryTraffic(options: { readonly count: number; readonly conversations: number }) {
  const traffic = generateEvents({ ...options, duplicateRatio: 0.05, seed: Date.now() % 2 ** 31 })
  return { ...traffic, events: traffic.events.map(withPerson) }
}

function withPerson(event: GeneratedEvent): GeneratedEvent {
  const { conversationId } = event
  const canary = canaryOf(conversationId)
  const contact = `{"related":{"contact":"https://acme.api.frontapp.com/contacts/${contactOf(conversationId)}"}}`
  const text = event.body
    .toString()
    .replaceAll('"handle":"customer@example.com"', `"_links":${contact},"handle":"customer@example.com"`)
    .replaceAll('customer@example.com', addressOf(conversationId))
    .replace(/"subject":"Order [^"]*"/, `"subject":"Order of ${canary}"`)
    .replaceAll(/(Message|Note) (\d+)/g, `$1 $2 of ${canary}`)
    .replace('"attachments":[]', `"attachments":[{"filename":"${canary}.pdf","content_type":"application/pdf"}]`)
    .replace('"tags":[]', `"tags":[],"custom_fields":${JSON.stringify(customFieldsOf(canary))}`)
  return { ...event, body: Buffer.from(text) }
}

/** Named by the conversation's events and snapshots alone: a value, a page and whose page it is are nodes of their own. */
function customFieldsOf(canary: string): Readonly<Record<string, string>> {
  return { Form: `Filled in by ${canary} at https://${canary}.example.net/form` }
}

/** A person whose events are of no conversation. */
export interface Lone {
  readonly kind: 'contact' | 'client'
  readonly id: string
}

/** Half of them contacts of Front, half clients whose tasks come by Make. */
export function lonePeople(count: number): Lone[] {
  const run = Date.now().toString(36)
  return Array.from({ length: count }, (_, nth) =>
    nth % 2 === 0 ? { kind: 'contact', id: `crd_${run}x${nth}` } : { kind: 'client', id: `clt-${run}-${nth}` },
  )
}

/** One of several requests about such a person. */
export function loneRequest({ kind, id }: Lone, nth: number): { readonly path: string; readonly body: Buffer } {
  const [name, address, seconds] = [`Person ${canaryOf(id)}`, addressOf(id), Date.now() / 1_000]
  if (kind === 'contact') {
    const contact = { id, name, handles: [{ handle: address, source: 'email' }], updated_at: seconds }
    const payload = { id: `evt_${id.slice(4)}n${nth}`, type: 'contact_updated', emitted_at: seconds, contact }
    const body = { type: 'contact_updated', authorization: { id: 'cmp_load' }, payload }
    return { path: '/api/webhooks/front', body: Buffer.from(JSON.stringify(body)) }
  }
  const status = { status: 'open', type: 'open' }
  const task = { id: `tsk${id}n${nth}`, name: `Task of ${name}`, text_content: `Call ${address}`, status }
  // Whoever has the same id is the same person.
  const assignees = [{ id: Number.parseInt(canaryOf(id).slice(2), 16), username: name, email: address }]
  const body = { client_id: id, action_id: 'process_webhook_data', task: { ...task, assignees } }
  return { path: MAKE_PATH, body: Buffer.from(JSON.stringify(body)) }
}

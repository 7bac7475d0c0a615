import { graphMessage, topicKey } from '@millrace/domain'
import { type OutRecord, output } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import { compareText, stampKey } from './compare-stamps.ts'
import { graphHeaders } from './graph-headers.ts'
import { type GraphState, ownerOf, type Part, type Supporter, stampOf } from './graph-state.ts'
import { endOfRelationship, ownStanding, type Standing, standingOf } from './standing.ts'

/** What one node's owner tells another's, by the field `subject` of the record that carries it. */
export type Message =
  /** A relationship that names you holds, or has ended; null where all that stated it was erased. */
  | { readonly subject: 'support'; readonly by: string; readonly supporter: Supporter | null }
  /** The best id known for the person whom we both stand for. */
  | { readonly subject: 'label'; readonly stands_for: string }
  /** What I know of the person for whom you stand. */
  | { readonly subject: 'part'; readonly of: string; readonly part: Part }
  /** Whether the person for whom I stand is there. */
  | { readonly subject: 'standing'; readonly of: string; readonly standing: Standing }
  /** A person to whom you are related is known by a better id. */
  | { readonly subject: 'alias'; readonly of: string; readonly stands_for: string }

export interface Told {
  readonly to: string
  readonly message: Message
}

/**
 * What a node's owner has to tell others as its state is, by recipient and matter. A key belongs to one owner, so nothing is written across:
 * it is sent to that key's topic (DESIGN §7).
 */
export function messagesOf(state: GraphState): Map<string, Told> {
  const told = [...supports(state), ...(state.type === 'person' || state.links.length > 0 ? identities(state) : [])]
  return new Map(told.map((each) => [matterOf(each), each]))
}

function matterOf({ to, message }: Told): string {
  const matter = message.subject === 'support' ? message.by : message.subject === 'alias' ? message.of : ''
  return `${to} ${message.subject} ${matter}`
}

function supports(state: GraphState): Told[] {
  const standing = standingOf(state)
  return Object.entries(state.relationships).flatMap(([by, relationship]): Told[] => {
    const [newest] = relationship.provenance
    if (newest === undefined) return [{ to: relationship.other, message: { subject: 'support', by, supporter: null } }]
    const supporter = { stamp: stampOf(newest), ended_at: endOfRelationship(relationship, standing) }
    return [{ to: relationship.other, message: { subject: 'support', by, supporter } }]
  })
}

function identities(state: GraphState): Told[] {
  const { id, links, stands_for } = state
  // Who is the best of two that were met together knows it, and so does the other.
  const labels = stands_for === id ? [] : links.filter((link) => link !== stands_for)
  const told: Told[] = labels.map((to) => ({ to, message: { subject: 'label', stands_for } }))
  if (stands_for === id) return [...told, ...Object.keys(state.parts).map((to) => standingFor(state, to))]
  told.push({ to: stands_for, message: { subject: 'part', of: id, part: partOf(state) } })
  const named = new Set(Object.keys(state.supporters).map(ownerOf))
  for (const to of named) told.push({ to, message: { subject: 'alias', of: id, stands_for } })
  return told
}

function standingFor(state: GraphState, to: string): Told {
  return { to, message: { subject: 'standing', of: state.id, standing: standingOf(state) } }
}

/** An id that says nothing of its own brings nothing but itself, so that not every event is told on. */
function partOf(state: GraphState): Part {
  const { properties, client_ids, first_seen, last_seen, provenance, relationships } = state
  const standing = ownStanding(state)
  const isEmpty = Object.keys(properties).length === 0 && Object.keys(relationships).length === 0
  const whole = { properties, client_ids, first_seen, last_seen, provenance, relationships, ...standing }
  return isEmpty && !standing.is_there ? { ...whole, client_ids: [], last_seen: first_seen, provenance: [] } : whole
}

/**
 * What has to be told now: what was not told before in the same words. That a relationship holds is told by the event that names it, so it is
 * repeated only where it was taken back in between. Everything, when it is not known what was told.
 */
export function newsOf(state: GraphState, before: GraphState | undefined): OutRecord<unknown>[] {
  const told = before === undefined ? undefined : messagesOf(before)
  return [...messagesOf(state)]
    .filter(([matter, { message }]) => told === undefined || isNews(message, told.get(matter)?.message))
    .map(([, each]) => recordOf(state, each))
    .sort((a, b) => compareText(a.key, b.key))
}

function isNews(message: Message, told: Message | undefined): boolean {
  if (message.subject === 'support' && message.supporter?.ended_at === null) {
    if (told?.subject !== 'support') return false
    if (told.supporter === null) return true
    const isSame = stampKey(told.supporter.stamp) === stampKey(message.supporter.stamp)
    return isSame && told.supporter.ended_at !== null
  }
  return told === undefined || JSON.stringify(told) !== JSON.stringify(message)
}

function recordOf(state: GraphState, { to, message }: Told): OutRecord<unknown> {
  const { subject, ...said } = message
  const [newest] = state.provenance
  const value = graphMessage(
    {
      tenant: state.tenant,
      id: to,
      subject,
      event_id: newest?.event_id ?? '',
      extractor: 'knowledge-fold',
      observed_at: newest?.observed_at ?? 0,
    },
    said,
  )
  const headers = graphHeaders(state, `${subject}/${to}`, `millrace.knowledge.${subject}`)
  return output({ topic: topics.observations, key: topicKey(state.tenant, to), value, headers })
}

import type { Endpoint } from '@millrace/schemas'
import { type OutboundForm, outboundPayload } from './outbound-message.ts'
import { type PayloadPattern, parsePayloadPattern } from './payload-pattern.ts'
import { messageTypes, type ReadEvent } from './read-event.ts'

export type EndpointFilter = OutboundForm &
  Pick<
    Endpoint,
    | 'tenant'
    | 'kind'
    | 'event_types'
    | 'conversation_id'
    | 'channels'
    | 'inboxes'
    | 'tags'
    | 'payload_filter'
    | 'is_enabled'
  >

/** Undefined: the event does not tell. */
export type Answer = boolean | undefined

const pattern = /^(\*|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(\.\*)?)$/

/** Whether a text can stand in `event_types`: a type, `*`, or a prefix and `.*`. */
export function isEventTypePattern(text: string): boolean {
  return text.length <= 200 && pattern.test(text)
}

/** Whether `type` is meant by `wanted`: the type itself, `*` (every type), or `prefix.*` (every type below the prefix, at any depth). */
export function matchesEventType(wanted: string, type: string): boolean {
  if (wanted === '*') return true
  return wanted.endsWith('.*') ? type.startsWith(wanted.slice(0, -1)) : wanted === type
}

/**
 * Whether an endpoint's filter fits an event: of its tenant, of a wanted type (none named: the message contract's), of its conversation, channel, inbox
 * and tag where it names some, of its usecase, and with a payload that fits its pattern. Whether the endpoint is enabled is not asked here.
 */
export function matchesEndpoint(endpoint: EndpointFilter, read: ReadEvent): Answer {
  const { event, facts } = read
  if (endpoint.tenant !== event.tenant) return false
  if (endpoint.conversation_id !== null && endpoint.conversation_id !== event.conversation_id) return false
  const wanted = endpoint.event_types.length === 0 ? messageTypes : endpoint.event_types
  if (!wanted.some((type) => matchesEventType(type, event.type))) return false
  return all([
    endpoint.channels.length === 0 || (facts.channel === undefined ? undefined : hasChannel(endpoint, facts.channel)),
    oneOf(endpoint.inboxes, facts.inboxes),
    oneOf(lowerCase(endpoint.tags), facts.tags),
    endpoint.kind === 'general' || endpoint.usecase === null || isUsecase(endpoint.usecase, facts.usecase),
    fitsPattern(endpoint, read),
  ])
}

/** An endpoint that an event goes to. */
export interface Chosen<E> {
  readonly endpoint: E
  /** False where the event does not tell: what it lacks has to be read, and then this asked again. */
  readonly isCertain: boolean
}

/**
 * The endpoints that get an event: each enabled general one whose filter fits, and of the conversation configs the most specific one: of the
 * conversation before of the usecase, before of the channel, before of the whole tenant. A disabled config is paused: no less specific one stands in for it.
 * An endpoint of kind `response` gets none.
 */
export function endpointsFor<E extends EndpointFilter>(endpoints: Iterable<E>, read: ReadEvent): Chosen<E>[] {
  const [general, configs]: [E[], E[]] = [[], []]
  for (const endpoint of endpoints) {
    if (endpoint.kind !== 'response') (endpoint.kind === 'config' ? configs : general).push(endpoint)
  }
  return [...general.flatMap((endpoint) => chosen(endpoint, read)), ...chosenConfigs(configs, read)].filter(
    ({ endpoint }) => endpoint.is_enabled,
  )
}

function chosen<E extends EndpointFilter>(endpoint: E, read: ReadEvent): Chosen<E>[] {
  const answer = matchesEndpoint(endpoint, read)
  return answer === false ? [] : [{ endpoint, isCertain: answer === true }]
}

/** From the most specific one down to the first that fits for certain; above it stand those that may fit. */
function chosenConfigs<E extends EndpointFilter>(configs: readonly E[], read: ReadEvent): Chosen<E>[] {
  const found: Chosen<E>[] = []
  for (const endpoint of configs.toSorted((a, b) => specificity(b) - specificity(a))) {
    const answer = matchesEndpoint(endpoint, read)
    if (answer === false) continue
    found.push({ endpoint, isCertain: answer === true && found.length === 0 })
    if (answer) break
  }
  return found
}

/** No two configs that fit the same event are equal in this, since one of the same conversation, usecase and channel is the same config. */
function specificity({ conversation_id, usecase, channels }: EndpointFilter): number {
  return (conversation_id === null ? 0 : 4) + (usecase === null ? 0 : 2) + (channels.length === 0 ? 0 : 1)
}

function hasChannel({ channels }: EndpointFilter, channel: string | null): boolean {
  return channel !== null && channels.includes(channel)
}

function oneOf(wanted: readonly string[], has: readonly string[] | undefined): Answer {
  if (wanted.length === 0) return true
  return has?.some((item) => wanted.includes(item))
}

function isUsecase(wanted: string, has: string | null | undefined): Answer {
  return has === undefined ? undefined : wanted.toLowerCase() === has
}

function lowerCase(words: readonly string[]): readonly string[] {
  return words.map((word) => word.toLowerCase())
}

/** `and` of three values: a false one decides, else an unknown one does. */
function all(answers: readonly Answer[]): Answer {
  if (answers.includes(false)) return false
  return answers.includes(undefined) ? undefined : true
}

const patterns = new WeakMap<EndpointFilter, PayloadPattern>()
const nothing: PayloadPattern = () => false

/** The pattern is for the payload as this endpoint would get it. One that cannot be read fits nothing: rather too little is sent than too much. */
function fitsPattern(endpoint: EndpointFilter, read: ReadEvent): Answer {
  if (endpoint.payload_filter === null) return true
  if (!read.facts.isWhole) return undefined
  let matches = patterns.get(endpoint)
  if (matches === undefined) {
    const parsed = parsePayloadPattern(endpoint.payload_filter)
    matches = parsed.ok ? parsed.matches : nothing
    patterns.set(endpoint, matches)
  }
  return matches(outboundPayload(read, endpoint))
}

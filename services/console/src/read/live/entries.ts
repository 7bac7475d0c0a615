import type { z } from 'zod'
import { fitsTypes, wordsOfTypes } from '../known-types.ts'
import type { LiveKind, liveGap } from '../schemas/live.ts'

/** One thing that happened or changed, ready to be sent. */
export interface LiveEntry {
  readonly seq: number
  readonly tenant: string
  readonly kind: LiveKind
  /** What filters look at; a field that its kind does not have is not filtered by. */
  readonly facets: Facets
  /** The message as it goes over the wire, made once for all listeners. */
  readonly text: string
}

export interface Facets {
  readonly type?: string
  readonly status?: string
  readonly source?: string
  readonly clients?: readonly string[]
  readonly conversation?: string | null
  readonly endpoint?: string
}

export interface LiveFilter {
  readonly tenant: string
  readonly kinds: readonly LiveKind[]
  readonly types?: readonly string[] | undefined
  readonly status?: string | undefined
  readonly source?: string | undefined
  readonly client?: string | undefined
  readonly conversation?: string | undefined
  readonly endpoint?: string | undefined
}

/** The filter that the query of a stream asks for. */
export function filterOf(
  tenant: string,
  {
    kinds,
    type,
    ...rest
  }: { readonly kinds: string; readonly type?: string | undefined } & Omit<LiveFilter, 'tenant' | 'kinds' | 'types'>,
): LiveFilter {
  return {
    tenant,
    kinds: kinds.split(',') as LiveKind[],
    types: type === undefined ? undefined : wordsOfTypes(type),
    ...rest,
  }
}

export function fits({ tenant, kind, facets }: Omit<LiveEntry, 'text' | 'seq'>, filter: LiveFilter): boolean {
  if (tenant !== filter.tenant || !filter.kinds.includes(kind)) return false
  const same = (has: string | null | undefined, wanted: string | undefined) =>
    has === undefined || wanted === undefined || has === wanted
  return (
    same(facets.status, filter.status) &&
    same(facets.source, filter.source) &&
    same(facets.conversation, filter.conversation) &&
    same(facets.endpoint, filter.endpoint) &&
    (facets.type === undefined || filter.types === undefined || fitsTypes(facets.type, filter.types)) &&
    (facets.clients === undefined || filter.client === undefined || facets.clients.includes(filter.client))
  )
}

/** One message of a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). JSON has no line breaks of its own. */
export function messageOf(event: string, data: unknown, id?: string): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
}

export type GapReason = z.infer<typeof liveGap>['reason']

/** Tells that something was left out before a place. */
export function gapMessage(reason: GapReason, place: Place): string {
  const gap: z.infer<typeof liveGap> = { reason, at: Date.now() }
  return messageOf('gap', gap, writePlace(place))
}

/** Where a reader is: the ledger's incarnation, and the last change that it has. */
export interface Place {
  readonly incarnation: string
  readonly seq: number
}

export function writePlace({ incarnation, seq }: Place): string {
  return `${incarnation}.${seq}`
}

/** Undefined for what `writePlace` did not write. */
export function readPlace(text: string): Place | undefined {
  const [, incarnation, seq] = /^([\w-]{0,64})\.(\d{1,15})$/.exec(text) ?? []
  return incarnation === undefined ? undefined : { incarnation, seq: Number(seq) }
}

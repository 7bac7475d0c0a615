import type { z } from 'zod'
import type { DraftNode, DraftRelationship } from './graph-draft.ts'
import type { Locale } from './locales.ts'

/** What an extractor knows beside the event's JSON. */
export interface Scope {
  /** Vendor account of the source; ids are scoped by it. */
  readonly account: string
  /** The client that the event is about; null when it names none. */
  readonly clientId: string | null
  /** Canonical type of the event. */
  readonly type: string
  /** When it was so, epoch milliseconds: what "tomorrow" in a text is counted from. */
  readonly at: number
  /** Where the account's people write from: what national numbers, `05/06/2026` and "tomorrow" in a text mean. */
  readonly locale?: Locale | undefined
}

/** A field that is missing or wrong, by JSON pointer (RFC 6901) and in words that follow "must be". */
export interface Problem {
  readonly pointer: string
  readonly rule: string
}

export interface Graph {
  readonly nodes: readonly DraftNode[]
  readonly relationships: readonly DraftRelationship[]
  /** JSON pointers to what was there but not understood, so that nothing is left out silently. */
  readonly unread: readonly string[]
}

/** A graph, or what keeps the event from having one. */
export type Extraction =
  | { readonly ok: true; readonly graph: Graph }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * Turns one kind of event into a graph: pure, deterministic and total (a shape that it does not know is a problem in the result, never an
 * error). A change of what it extracts raises `version`. One that asks a model would be one of them, with its answers kept by event id, since a
 * repeated event must get the same bytes.
 */
export interface Extractor {
  readonly name: string
  readonly version: number
  /** Canonical event types that it reads; `message.*` stands for all that begin so. */
  readonly types: readonly string[]
  /** The least that a body must have; the extractor refuses what does not fit, and no more. Published in docs/schemas/extractors. */
  readonly schema: z.ZodType
  /** What it reads, in one line; `docs/graph-model.md` lists it. */
  readonly reads: string
  readonly extract: (body: unknown, scope: Scope) => Extraction
}

import type { Span } from '@millrace/schemas'
import type { Stamp } from './graph-state.ts'

/** The order of observations: time, event id, then the extractor's version, so that a later version's reading of an event replaces an earlier's. */
export function compareStamps(a: Stamp, b: Stamp): number {
  return (
    a.observed_at - b.observed_at ||
    compareText(a.event_id, b.event_id) ||
    a.extractor_version - b.extractor_version ||
    compareText(a.extractor, b.extractor)
  )
}

export function stampKey({ observed_at, event_id, extractor_version, extractor }: Stamp): string {
  return JSON.stringify([observed_at, event_id, extractor_version, extractor])
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function compareJson(a: unknown, b: unknown): number {
  return compareText(JSON.stringify(a), JSON.stringify(b))
}

/** In one order, each once, whatever order they were found in. */
export function orderSpans(spans: readonly Span[]): Span[] {
  const found = new Map(spans.map((span) => [JSON.stringify(span), span]))
  return [...found.values()].sort((left, right) => left.start - right.start || compareJson(left, right))
}

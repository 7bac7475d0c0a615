import type { TimelineSpan } from '../../app/answers.ts'

/** One way of the event through the system: the first, or one that a replay asked for. */
export interface Run {
  /** Null for the first. */
  readonly runId: string | null
  readonly startedAt: number
  readonly spans: readonly TimelineSpan[]
}

/** Spans by run, the first run first. Each run has a time axis of its own: a replay may come days later. */
export function runsOf(spans: readonly TimelineSpan[]): Run[] {
  const groups = Map.groupBy(spans, (span) => span.run_id)
  return Array.from(groups, ([runId, own]) => ({ runId, startedAt: startOf(own), spans: own })).sort(
    (a, b) => Number(a.runId !== null) - Number(b.runId !== null) || a.startedAt - b.startedAt,
  )
}

/** Milliseconds from the run's start to its last known moment; `now` where something waits still. */
export function lengthOf({ spans, startedAt }: Run, now: number): number {
  const ends = spans.map(
    ({ state, started_at, ended_at }) => ended_at ?? (state === 'waiting' ? now : started_at) ?? startedAt,
  )
  return Math.max(1, ...ends.map((end) => end - startedAt))
}

/** How deep a span stands below its parents. */
export function depthOf(span: TimelineSpan, spans: readonly TimelineSpan[]): number {
  const parent = spans.find(({ id }) => id === span.parent_id)
  return parent === undefined || parent === span ? 0 : 1 + depthOf(parent, spans)
}

function startOf(spans: readonly TimelineSpan[]): number {
  const starts = spans.flatMap(({ started_at }) => (started_at === null ? [] : [started_at]))
  return starts.length === 0 ? 0 : Math.min(...starts)
}

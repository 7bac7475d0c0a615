import {
  type Attributes,
  type Context,
  context,
  type Histogram,
  type Meter,
  type MeterProvider,
  type MetricOptions,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { DEFAULT_BOUNDARIES } from './tallied-metrics.ts'

/** One measurement of a bucket, with the trace that it was made in. */
export interface Exemplar {
  readonly traceId: string
  readonly spanId: string
  readonly value: number
  /** Epoch seconds. */
  readonly at: number
}

/** The latest exemplar of each bucket of each series of the histograms that were made through `provider`. */
export interface Exemplars {
  /** The same meters, whose histograms keep exemplars beside. */
  over(provider: MeterProvider): MeterProvider
  /** @param family the metric's name in Prometheus; `labels` without `le` */
  find(family: string, labels: ReadonlyMap<string, string>, upperBound: number): Exemplar | undefined
}

/** Series of one histogram that have exemplars; of further ones only the counts are kept. */
const MAX_SERIES = 1_000

interface Kept {
  readonly boundaries: readonly number[]
  /** By labels; then by bucket. */
  readonly series: Map<string, (Exemplar | undefined)[]>
}

/**
 * Keeps exemplars, which OpenTelemetry's SDK for JavaScript has no part for: its histograms hold none, and its Prometheus exporter writes
 * none. Only measurements in a sampled span are kept, so that each leads to a trace that there is.
 */
export function createExemplars(): Exemplars {
  const kept = new Map<string, Kept>()

  const histogram = (inner: Histogram, name: string, options?: MetricOptions): Histogram => {
    const boundaries = options?.advice?.explicitBucketBoundaries ?? DEFAULT_BOUNDARIES
    const own: Kept = kept.get(labelName(name)) ?? { boundaries, series: new Map() }
    kept.set(labelName(name), own)
    return {
      record(value: number, attributes?: Attributes, ctx?: Context) {
        inner.record(value, attributes, ctx)
        const span = trace.getSpanContext(ctx ?? context.active())
        if (span === undefined || (span.traceFlags & TraceFlags.SAMPLED) === 0) return
        keep(own, attributes ?? {}, { traceId: span.traceId, spanId: span.spanId, value, at: Date.now() / 1_000 })
      },
    }
  }

  const meter = (inner: Meter): Meter =>
    Object.assign(Object.create(inner) as Meter, {
      createHistogram: (name: string, options?: MetricOptions) =>
        histogram(inner.createHistogram(name, options), name, options),
    })

  return {
    over: (provider) => ({ getMeter: (name, version, options) => meter(provider.getMeter(name, version, options)) }),
    find(family, labels, upperBound) {
      const own = kept.get(family)
      if (own === undefined) return undefined
      const bucket =
        upperBound === Number.POSITIVE_INFINITY ? own.boundaries.length : own.boundaries.indexOf(upperBound)
      return own.series.get(keyOf(labels))?.[bucket]
    },
  }
}

function keep({ boundaries, series }: Kept, attributes: Attributes, exemplar: Exemplar): void {
  const entries = Object.entries(attributes).map(([name, value]) => [labelName(name), String(value)] as const)
  const key = keyOf(new Map(entries))
  const known = series.get(key) ?? []
  if (known.length === 0 && series.size >= MAX_SERIES) return
  series.set(key, known)
  const found = boundaries.findIndex((boundary) => exemplar.value <= boundary)
  known[found === -1 ? boundaries.length : found] = exemplar
}

/** As the Prometheus exporter writes names. */
function labelName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, '_')
}

function keyOf(labels: ReadonlyMap<string, string>): string {
  return JSON.stringify([...labels].sort(([a], [b]) => (a < b ? -1 : 1)))
}

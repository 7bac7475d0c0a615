import {
  type Attributes,
  type Context,
  type Counter,
  type Histogram,
  type HrTime,
  type Meter,
  type MeterProvider,
  type MetricOptions,
  ValueType,
} from '@opentelemetry/api'
import type { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  DataPointType,
  type HistogramMetricData,
  type MetricData,
  type MetricProducer,
  type SumMetricData,
} from '@opentelemetry/sdk-metrics'

/** OpenTelemetry's own, for histograms without boundaries. */
export const DEFAULT_BOUNDARIES = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000]
/** As in OpenTelemetry's SDK; what is beyond it is one series, marked by the attribute that the specification names. */
const MAX_SERIES = 2_000
const OVERFLOW: Attributes = Object.freeze({ 'otel.metric.overflow': true })

/** Meters whose counters and histograms only count, and what they have counted, for whoever reads the metrics. */
export interface TalliedMetrics extends MetricProducer {
  /** The same meters; all other instruments stay theirs. */
  over(provider: MeterProvider): MeterProvider
}

interface Sum {
  value: number
}

interface Distribution {
  readonly counts: number[]
  count: number
  sum: number
  min: number
  max: number
}

interface Instrument {
  series(): { readonly size: number }
  data(endTime: HrTime): MetricData
}

/**
 * Counters and histograms of the SDK sort and hash the labels of every measurement, which at thousands a second costs more than what is measured.
 * These find the series of **frozen** labels by their identity, add a number, and hand the sums over when they are read (cumulative, as Prometheus
 * wants them). Labels that are not frozen are looked up by their content, as in the SDK.
 */
export function createTalliedMetrics(resource: ReturnType<typeof resourceFromAttributes>): TalliedMetrics {
  const scopes = new Map<string, { scope: { name: string; version?: string }; instruments: Map<string, Instrument> }>()

  const scopeOf = (name: string, version: string | undefined) => {
    const key = `${name} ${version ?? ''}`
    const known = scopes.get(key) ?? {
      scope: version === undefined ? { name } : { name, version },
      instruments: new Map<string, Instrument>(),
    }
    scopes.set(key, known)
    return known.instruments
  }

  const meter = (inner: Meter, instruments: Map<string, Instrument>): Meter => {
    const once = <T extends Instrument>(name: string, make: () => T): T => {
      const known = (instruments.get(name) as T | undefined) ?? make()
      instruments.set(name, known)
      return known
    }
    return Object.assign(Object.create(inner) as Meter, {
      createCounter: (name: string, options?: MetricOptions) => once(name, () => talliedCounter(name, options)),
      createHistogram: (name: string, options?: MetricOptions) => once(name, () => talliedHistogram(name, options)),
    })
  }

  return {
    over: (provider) => ({
      getMeter: (name, version, options) => meter(provider.getMeter(name, version, options), scopeOf(name, version)),
    }),
    async collect() {
      const endTime = now()
      const scopeMetrics = [...scopes.values()].map(({ scope, instruments }) => ({
        scope,
        metrics: [...instruments.values()].filter((each) => each.series().size > 0).map((each) => each.data(endTime)),
      }))
      return { resourceMetrics: { resource, scopeMetrics }, errors: [] }
    },
  }
}

function talliedCounter(name: string, options: MetricOptions | undefined): Counter & Instrument {
  const series = createSeries<Sum>(() => ({ value: 0 }))
  return {
    add(value: number, attributes?: Attributes, _context?: Context) {
      if (value >= 0) series.of(attributes).value += value
    },
    series: series.all,
    data: (endTime): SumMetricData => ({
      ...described(name, options),
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      dataPoints: series.points(endTime, ({ value }) => value),
    }),
  }
}

function talliedHistogram(name: string, options: MetricOptions | undefined): Histogram & Instrument {
  const boundaries = [...(options?.advice?.explicitBucketBoundaries ?? DEFAULT_BOUNDARIES)]
  const series = createSeries<Distribution>(() => ({
    counts: new Array<number>(boundaries.length + 1).fill(0),
    count: 0,
    sum: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
  }))
  return {
    record(value: number, attributes?: Attributes, _context?: Context) {
      if (!(value >= 0)) return
      const found = series.of(attributes)
      const bucket = bucketOf(value, boundaries)
      found.counts[bucket] = (found.counts[bucket] ?? 0) + 1
      found.count++
      found.sum += value
      if (value < found.min) found.min = value
      if (value > found.max) found.max = value
    },
    series: series.all,
    data: (endTime): HistogramMetricData => ({
      ...described(name, options),
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: series.points(endTime, ({ counts, ...rest }) => ({
        buckets: { boundaries, counts: [...counts] },
        ...rest,
      })),
    }),
  }
}

/** A value on a boundary belongs to the bucket below it. */
function bucketOf(value: number, boundaries: readonly number[]): number {
  let bucket = 0
  while (bucket < boundaries.length && value > (boundaries[bucket] as number)) bucket++
  return bucket
}

function described(name: string, { description = '', unit = '', valueType = ValueType.DOUBLE }: MetricOptions = {}) {
  return {
    descriptor: { name, description, unit, valueType },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  }
}

interface Series<T> {
  of(attributes: Attributes | undefined): T
  all(): { readonly size: number }
  points<V>(
    endTime: HrTime,
    read: (value: T) => V,
  ): { attributes: Attributes; startTime: HrTime; endTime: HrTime; value: V }[]
}

const NONE: Attributes = Object.freeze({})

function createSeries<T>(make: () => T): Series<T> {
  const byContent = new Map<string, { attributes: Attributes; startTime: HrTime; value: T }>()
  const byIdentity = new WeakMap<Attributes, T>()

  const find = (attributes: Attributes): T => {
    const key = keyOf(attributes)
    const known = byContent.get(key)
    if (known !== undefined) return known.value
    if (byContent.size >= MAX_SERIES - 1 && attributes !== OVERFLOW) return find(OVERFLOW)
    const value = make()
    byContent.set(key, { attributes: { ...attributes }, startTime: now(), value })
    return value
  }

  return {
    of(attributes = NONE) {
      const known = byIdentity.get(attributes)
      if (known !== undefined) return known
      const value = find(attributes)
      // What could still change cannot be known by its identity.
      if (Object.isFrozen(attributes)) byIdentity.set(attributes, value)
      return value
    },
    all: () => byContent,
    points: (endTime, read) =>
      Array.from(byContent.values(), ({ attributes, startTime, value }) => ({
        attributes,
        startTime,
        endTime,
        value: read(value),
      })),
  }
}

function keyOf(attributes: Attributes): string {
  return JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function now(): HrTime {
  const ms = Date.now()
  return [Math.floor(ms / 1_000), (ms % 1_000) * 1e6]
}

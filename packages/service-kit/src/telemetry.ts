import { type Attributes, logs, type Meter, metrics, SeverityNumber } from '@opentelemetry/api'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { type IMetricReader, MeterProvider } from '@opentelemetry/sdk-metrics'
import { createExemplars, type Exemplars } from './exemplars.ts'
import { toOpenMetrics } from './open-metrics.ts'
import { observeProcess } from './process-metrics.ts'
import { createTalliedMetrics, type TalliedMetrics } from './tallied-metrics.ts'

export interface TelemetryOptions {
  readonly service: string
  readonly version: string
  /** OTLP over HTTP; without it nothing leaves the process and `/metrics` still works. */
  readonly otlpEndpoint?: string | undefined
}

export interface Telemetry {
  readonly meter: Meter
  /** All metrics in Prometheus text format 0.0.4. */
  scrape(): Promise<string>
  /** The same in OpenMetrics, with exemplars; undefined when there are no traces that these could lead to. */
  readonly scrapeOpenMetrics: (() => Promise<string>) | undefined
  /** Sends a finished log line by OTLP; undefined when no collector is set. */
  readonly sendLog: ((line: string) => void) | undefined
  /** Sends what is waiting. Never throws. */
  close(): Promise<void>
}

/**
 * Registers OpenTelemetry for the whole process. No auto-instrumentation: spans are written by hand where they mean something.
 * The SDK for traces and logs is loaded only when a collector is set, since it costs about 200 ms of start-up.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const serializer = new PrometheusSerializer('', false, undefined, false, WITHOUT_SCOPE)
  const resource = resourceFromAttributes({ 'service.name': options.service, 'service.version': options.version })
  const tallied = createTalliedMetrics(resource)
  const prometheus = new PrometheusExporter({ preventServerStart: true, metricProducers: [tallied] })
  const exemplars = options.otlpEndpoint === undefined ? undefined : createExemplars()
  const sdk =
    options.otlpEndpoint === undefined
      ? startMetricsOnly(resource, prometheus)
      : await startWithCollector(resource, prometheus, tallied)
  standBefore(tallied, exemplars)
  const meter = metrics.getMeter(`millrace.${options.service}`, options.version)
  const stopObserving = observeProcess(metrics.getMeter('millrace.process'))
  const scrape = async () => serializer.serialize((await prometheus.collect()).resourceMetrics)
  return {
    meter,
    scrape,
    scrapeOpenMetrics: exemplars && (async () => toOpenMetrics(await scrape(), exemplars)),
    sendLog: options.otlpEndpoint === undefined ? undefined : sendLog,
    async close() {
      stopObserving()
      // A collector that is gone at shutdown is no reason for a failed shutdown.
      await sdk.shutdown().catch(() => {})
    },
  }
}

/** From here on every counter and histogram of the process is tallied, and histograms keep exemplars where there are traces. */
function standBefore(tallied: TalliedMetrics, exemplars: Exemplars | undefined): void {
  const provider = tallied.over(metrics.getMeterProvider())
  metrics.disable()
  metrics.setGlobalMeterProvider(exemplars?.over(provider) ?? provider)
}

/** Metric names are unique here; a label for the scope would only make every query longer. */
const WITHOUT_SCOPE = true

type Resource = ReturnType<typeof resourceFromAttributes>

function startMetricsOnly(resource: Resource, prometheus: IMetricReader): { shutdown(): Promise<void> } {
  const provider = new MeterProvider({ resource, readers: [prometheus] })
  metrics.setGlobalMeterProvider(provider)
  return provider
}

async function startWithCollector(
  resource: Resource,
  prometheus: IMetricReader,
  tallied: TalliedMetrics,
): Promise<{ shutdown(): Promise<void> }> {
  const [{ NodeSDK }, { OTLPMetricExporter }, { PeriodicExportingMetricReader }] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('@opentelemetry/exporter-metrics-otlp-proto'),
    import('@opentelemetry/sdk-metrics'),
  ])
  const otlp = new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter(), metricProducers: [tallied] })
  // Trace and log exporters, sampling and limits come from the OTEL_* variables.
  const sdk = new NodeSDK({ resource, metricReaders: [prometheus, otlp] })
  sdk.start()
  return sdk
}

const severities: Record<string, SeverityNumber> = {
  trace: SeverityNumber.TRACE,
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
  fatal: SeverityNumber.FATAL,
}

/** The line has been redacted and cut already, so what the collector gets is what stdout gets. */
function sendLog(line: string): void {
  const { level, time, message, service, version, trace_id, span_id, ...rest } = JSON.parse(line) as Record<
    string,
    unknown
  >
  logs.getLogger('millrace').emit({
    severityNumber: severities[String(level)] ?? SeverityNumber.UNSPECIFIED,
    severityText: String(level),
    timestamp: new Date(String(time)),
    body: String(message ?? ''),
    attributes: rest as Attributes,
  })
}

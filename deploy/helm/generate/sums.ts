/** Measured: processor time in milliseconds and bytes, an event each. */
export interface Measured {
  readonly gatewayMs: number
  readonly dedupMs: number
  readonly conversationRefreshMs: number
  readonly knowledgeGraphMs: number
  readonly deliveryMs: number
  readonly pollerMs: number
  readonly consoleMs: number
  readonly brokerMs: number
  readonly kafkaBytesAnEvent: number
  readonly ledgerBytesAnEvent: number
  readonly claimBytes: number
  /** By service. */
  readonly memoryMb: Readonly<Record<string, number>>
}

/** What the chart's values say of a service. */
export interface Scaled {
  readonly replicas: number
  readonly resources: { readonly requests: { readonly cpu: string } }
  readonly scaling?: { readonly min: number; readonly max: number; readonly cpuPercent?: number }
}

const RATES = [100, 1_000, 10_000]
const PLANNED = 0.6
const CONSUMERS_PERCENT = 70
const CATCHING_UP = 2
const FOLLOWERS = 2
const COPIES = 3
const PEAK = 3
const DAY = 86_400
const BROKERS = [3, 3, 9]
const PARTITIONS = [12, 12, 48]

/** The figures themselves, as the page shows them. */
export function figures(measured: Measured): string {
  const { gatewayMs, dedupMs, conversationRefreshMs, knowledgeGraphMs, deliveryMs, pollerMs, brokerMs } = measured
  const all = {
    gateway: gatewayMs,
    dedup: dedupMs,
    'conversation-refresh': conversationRefreshMs,
    'knowledge-graph': knowledgeGraphMs,
    delivery: deliveryMs,
    poller: pollerMs,
    broker: brokerMs,
  }
  const rows = Object.entries(all).map(([name, ms]) => `| ${name} | ${ms} | ${measured.memoryMb[name] ?? ''} |`)
  const pods = (ms: number) => Math.floor((0.25 * PLANNED * 1_000) / ms)
  return [
    '| | processor an event, ms | memory, MB |',
    '|---|---|---|',
    ...rows,
    '',
    `In Kafka an event took ${count(measured.kafkaBytesAnEvent)} bytes a replica over all topics. 60 % of 250m is ${pods(conversationRefreshMs)} (conversation-refresh) to ${pods(dedupMs)} (dedup) events a second.`,
  ].join('\n')
}

/** The table of capacity.md. @param services `services` of the chart's values */
export function sums(measured: Measured, services: Readonly<Record<string, Scaled>>): string {
  const row = (name: string, cell: (rate: number, column: number) => string, sum: string) =>
    `| ${[name, ...RATES.map(cell), sum].join(' | ')} |`
  const consumer = (name: string, ms: number) =>
    row(name, (rate) => podsOf(service(services, name), rate, ms, CATCHING_UP), `${ms} ms`)
  const tb = (bytes: number) => `${(bytes / 1e12).toFixed(bytes < 1e13 ? 1 : 0)} TB`
  const { gatewayMs, brokerMs, kafkaBytesAnEvent, ledgerBytesAnEvent, claimBytes, consoleMs } = measured
  return [
    row('events a second', (rate) => count(rate), 'sum').replaceAll('**', ''),
    '|---|---|---|---|---|',
    row('events a day', (rate) => `${count((rate * DAY) / 1e6)} M`, ''),
    row('**partitions**', (_, column) => String(PARTITIONS[column]), 'at least the pods of the busiest consumer'),
    row('gateway', (rate) => podsOf(service(services, 'gateway'), rate, gatewayMs, 1), `${gatewayMs} ms`),
    consumer('dedup', measured.dedupMs),
    consumer('conversation-refresh', measured.conversationRefreshMs),
    consumer('knowledge-graph', measured.knowledgeGraphMs),
    consumer('delivery', measured.deliveryMs),
    consumer('poller', measured.pollerMs),
    row(
      'console, cores',
      (rate) => (rate > 5_000 ? '**does not do**' : cores(rate, consoleMs, 1).toFixed(2)),
      `${consoleMs} ms; one process projects, 2,000 a second are measured, 5,000 its end`,
    ),
    row(
      'PostgreSQL, disk',
      (rate) => (rate > 5_000 ? '–' : tb(rate * DAY * 30 * ledgerBytesAnEvent)),
      `${ledgerBytesAnEvent} bytes × 30 days: keep fewer days above 100/s`,
    ),
    row(
      '**brokers**',
      (rate, column) =>
        `${BROKERS[column]} × ${Math.ceil(cores(rate, brokerMs, FOLLOWERS * CATCHING_UP) / PLANNED / (BROKERS[column] ?? 1))} cores`,
      `${brokerMs} ms × ${FOLLOWERS} (followers) × ${CATCHING_UP} (catching up) ÷ ${PLANNED}; an upper bound`,
    ),
    row(
      'Kafka’s disks, all replicas',
      (rate) => tb(rate * DAY * 30 * COPIES * kafkaBytesAnEvent),
      `${count(kafkaBytesAnEvent)} bytes × 30 days × ${COPIES}`,
    ),
    row(
      'Redis, claims of 7 days',
      (rate) => (rate > 5_000 ? '**does not do**' : `${Math.ceil((rate * DAY * 7 * claimBytes) / 1e9)} GB`),
      `${claimBytes} bytes × 7 days; twice that after a refill`,
    ),
    row(
      '`GATEWAY_RATE_PER_ADDRESS` (12,000 a minute)',
      (rate) => count(rate * PEAK * 60),
      `peak of ${PEAK} ×, a minute, if all come from one address`,
    ),
    row(
      '`rate_limit_per_minute` of a source (6,000)',
      (rate) => count(rate * PEAK * 60),
      'the same, if all come by one source',
    ),
    row(
      'rate of an address at the edge ([edge.md](edge.md))',
      (rate) => `${count(rate * PEAK)}/s`,
      'the same, a second',
    ),
  ].join('\n')
}

/** Pods that the processor's target makes, pods that are needed if each gets a whole core, and the cores. */
function podsOf({ replicas, resources, scaling }: Scaled, rate: number, ms: number, times: number): string {
  const live = cores(rate, ms, 1)
  const least = Math.max(scaling?.min ?? replicas, Math.ceil(round((live * times) / PLANNED)))
  const max = scaling?.max ?? replicas
  const needed = `${least}${least > max ? ` (above ${max})` : ''}`
  if (scaling === undefined) return `${needed}; ${live.toFixed(2)} cores`
  const target = (coresOf(resources.requests.cpu) * (scaling.cpuPercent ?? CONSUMERS_PERCENT)) / 100
  const made = Math.max(scaling.min, Math.ceil(round(live / target)))
  return `${needed}; hpa ${made > max ? `${max} of ${made}` : made}; ${live.toFixed(2)} cores`
}

const cores = (rate: number, ms: number, times: number) => (rate * ms * times) / 1_000
/** Sums of fractions end a little above what they are. */
const round = (value: number) => Math.round(value * 1e6) / 1e6
const coresOf = (cpu: string) => (cpu.endsWith('m') ? Number(cpu.slice(0, -1)) / 1_000 : Number(cpu))
const count = (value: number) => Math.round(value).toLocaleString('en-US')

function service(services: Readonly<Record<string, Scaled>>, name: string): Scaled {
  const found = services[name]
  if (found === undefined) throw new Error(`the chart has no service ${name}`)
  return found
}

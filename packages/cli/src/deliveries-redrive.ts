import type { ConsoleClient, RedriveSelectionInput } from '@millrace/console-client'
import {
  ALL_DELIVERIES,
  type DeadDelivery,
  type DeadFilter,
  estimateRedrive,
  obstacleOf,
  type RedriveEstimate,
  readDead,
  readEndpointStates,
  readEndpoints,
  redriveDeliveries as redrive,
} from '@millrace/operations'
import { command, type Terminal, usage } from './command.ts'
import { asked, consoleOf } from './console.ts'
import { deadOptions, filterOf } from './delivery-options.ts'
import { readRate } from './read-rate.ts'
import { textTable } from './table.ts'
import { jobLine, watchJob } from './watch-job.ts'
import { withKafka } from './with-kafka.ts'

const NAME = 'deliveries redrive'
/** Between two changes of the line of progress on a terminal; elsewhere, between two lines. */
const SHOWN_EVERY_MS = 1_000
const TOLD_EVERY_MS = 10_000

/** `deliveries redrive`: dead deliveries back into the line. */
export const redriveDeliveries = command({
  name: NAME,
  takes: [],
  summary: 'Deliver again what was given up, at a rate that leaves room for live deliveries.',
  details: [
    'A redriven delivery keeps its webhook-id and body; its tries and its 72 hours begin anew. Those whose endpoint is gone or disabled are counted and',
    'left where they are. One that was put back is not taken by the next redrive, unless it dies again. Ctrl-C stops it; run it again to go on.',
    'With MILLRACE_CONSOLE_URL the console does it: then Ctrl-C ends the watching alone.',
    '',
    'millrace deliveries redrive --endpoint ep_1 --since 6h --dry-run',
    'millrace deliveries redrive --code MR_DELIVERY_TIMEOUT --rate 5',
  ].join('\n'),
  options: {
    ...deadOptions,
    all: { type: 'boolean', doc: 'Needed where no filter is given: everything that was ever given up.' },
    'dry-run': { type: 'boolean', doc: 'Count only, by endpoint and code; nothing is written.' },
    rate: { type: 'string', value: 'N', doc: 'At most N a second in all, up to 1,000; default 20.' },
    'per-endpoint': {
      type: 'string',
      value: 'N',
      doc: "At most N a minute to one endpoint; default half of its limit. The endpoint's limits hold in any case.",
    },
    reason: {
      type: 'string',
      value: 'TEXT',
      doc: 'Why, for the audit of the console and for whoever has to approve it.',
    },
    json: { type: 'boolean', doc: 'The result as one JSON object.' },
  },
  run({ options }, terminal) {
    const {
      all,
      'dry-run': isDry = false,
      rate,
      'per-endpoint': perEndpoint,
      reason = '',
      json: isJson = false,
      ...filters
    } = options
    if (Object.keys(filters).length === 0 && !all)
      throw usage('give a filter, such as --endpoint or --since, or --all', NAME)
    const filter = filterOf(filters, NAME)
    const pace = {
      rate: readRate(rate, 20, NAME),
      perEndpoint: readPerEndpoint(perEndpoint),
    }
    return withKafka(async ({ kafka }) => {
      const { signal } = terminal
      const endpoints = await readEndpoints(kafka)
      const states = await readEndpointStates(kafka)
      const dead = await readDead(kafka, filter, signal)
      const obstacles = new Map(dead.map((one) => [one.position, obstacleOf(one, endpoints, states)]))
      const wanted = new Map(dead.flatMap((one) => (obstacles.get(one.position) ? [] : [[one.position, one] as const])))
      const counts = countsOf(dead, (one) => obstacles.get(one.position) ?? '')
      if (!isJson) tell(terminal, counts, dead.length, wanted.size)
      const plan = estimateRedrive(wanted.values(), endpoints, pace)
      if (wanted.size > 0) terminal.note(planLine(wanted.size, plan, pace.rate, isDry))
      const client = consoleOf()
      const put = () =>
        client === undefined
          ? redrive(kafka, wanted, endpoints, { ...pace, signal, onProgress: progressOn(terminal, wanted.size) })
          : redriveByConsole(client, { filter, wanted, pace, reason }, terminal)
      const redriven = isDry ? 0 : await put()
      terminal.progress?.('')
      const left = isDry ? 0 : wanted.size - redriven
      if (isJson)
        terminal.line(
          JSON.stringify({ dead: dead.length, can: wanted.size, redriven, left, is_dry_run: isDry, counts }),
        )
      else if (!isDry) terminal.line(`${redriven} put back${left > 0 ? `, ${left} left: stopped` : ''}`)
      return left > 0 ? 1 : 0
    })
  },
})

interface Asked {
  readonly filter: DeadFilter
  readonly wanted: ReadonlyMap<string, DeadDelivery>
  readonly pace: { readonly rate: number; readonly perEndpoint: number | undefined }
  readonly reason: string
}

/** The console redrives, tenant by tenant. @returns how many were put back */
async function redriveByConsole(
  client: ConsoleClient,
  { filter, wanted, pace, reason }: Asked,
  terminal: Terminal,
): Promise<number> {
  let redriven = 0
  for (const tenant of new Set(Array.from(wanted.values(), (dead) => dead.tenant))) {
    const body = {
      topic: ALL_DELIVERIES,
      group: 'delivery-send',
      selection: selectionOf(filter),
      reason,
      ...ratesOf(pace),
    }
    const params = { path: { tenant } }
    const answer = await asked(client.POST('/api/v1/tenants/{tenant}/redrives', { params, body }))
    if ('obstacles' in answer) continue
    const of = { path: { tenant, id: answer.redrive_id } }
    const look = () => asked(client.GET('/api/v1/tenants/{tenant}/redrives/{id}', { params: of }))
    const ended = await watchJob(answer, look, terminal)
    if (ended.state !== 'done') terminal.note(jobLine(ended.redrive_id, ended))
    redriven += ended.done
  }
  return redriven
}

function ratesOf({ rate, perEndpoint }: Asked['pace']) {
  return {
    rate,
    ...(perEndpoint === undefined ? {} : { per_endpoint: perEndpoint }),
    dry_run: false,
  }
}

function selectionOf({ endpoint, code, type, conversation, ids, since, until }: DeadFilter): RedriveSelectionInput {
  const given = { endpoint_id: endpoint, code, type, conversation, delivery_ids: ids?.length ? [...ids] : undefined }
  const all = { ...given, since, until: until ?? Date.now() }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

interface Count {
  readonly tenant: string
  readonly endpoint: string
  readonly code: string
  readonly obstacle: string
  count: number
}

function countsOf(dead: readonly DeadDelivery[], obstacle: (one: DeadDelivery) => string): readonly Count[] {
  const counts = new Map<string, Count>()
  for (const one of dead) {
    const { tenant, endpointId: endpoint, code } = one
    const key = JSON.stringify([tenant, endpoint, code])
    const found = counts.get(key) ?? { tenant, endpoint, code, obstacle: obstacle(one), count: 0 }
    found.count++
    counts.set(key, found)
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)
}

function tell(terminal: Terminal, counts: readonly Count[], dead: number, can: number): void {
  if (dead === 0) {
    terminal.note('no dead delivery fits')
    return
  }
  const rows = counts.map(({ tenant, endpoint, code, obstacle, count }) => [
    tenant,
    endpoint,
    code,
    String(count),
    obstacle === '' ? 'can be put back' : `stays: ${obstacle}`,
  ])
  terminal.line(textTable(['TENANT', 'ENDPOINT', 'CODE', 'COUNT', 'REDRIVE'], rows))
  terminal.line(`${dead} dead, ${can} can be put back`)
}

/** How many, how long, and what to change for it to be faster. */
function planLine(count: number, { ms, brake, slowest }: RedriveEstimate, rate: number, isDry: boolean): string {
  const limit =
    brake === '--rate'
      ? `${rate} a second in all`
      : `${Number(slowest?.perMinute.toFixed(1))} a minute to ${slowest?.endpointId}`
  return `${isDry ? 'would put' : 'putting'} back ${count}, in ${roughly(ms)} at least: ${brake} is the brake (${limit})`
}

function roughly(ms: number): string {
  const seconds = ms / 1_000
  if (seconds < 90) return `about ${Math.max(1, Math.round(seconds))} s`
  return seconds < 90 * 60 ? `about ${Math.round(seconds / 60)} min` : `about ${(seconds / 3_600).toFixed(1)} h`
}

function progressOn(terminal: Terminal, all: number): (done: number) => void {
  const began = Date.now()
  let toldAt = began
  const everyMs = terminal.progress === undefined ? TOLD_EVERY_MS : SHOWN_EVERY_MS
  return (done) => {
    const now = Date.now()
    if (now - toldAt < everyMs) return
    toldAt = now
    const perSecond = (done * 1_000) / (now - began)
    const text = `${done} of ${all} put back, ${perSecond.toFixed(1)} a second`
    if (terminal.progress !== undefined) terminal.progress(text)
    else terminal.note(text)
  }
}

function readPerEndpoint(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN
  if (!(value > 0 && value <= 60_000))
    throw usage(`--per-endpoint is a number above 0, up to 60,000, not "${text}"`, NAME)
  return value
}

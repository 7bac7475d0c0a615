// The gateway beside a bare node:http server and a naive gateway: throughput, latency and CPU from 100/s to saturation, 1 to 4 processes, every 2xx stored.
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { connectKafka } from '@millrace/kafka'
import { startReport, startStack, type Target } from '@millrace/local'
import { topics } from '@millrace/schemas'
import { percentile, quietLog } from '@millrace/test-support'
import { startLoadTool } from './gateway/load.ts'
import { type Measurement, measure, medianOf, rounded } from './gateway/measure.ts'
import { whereTheTimeGoes } from './gateway/profile.ts'
import { describeMachine, type Verdict, writeResults } from './gateway/results.ts'
import type { ServerUnderTest } from './gateway/server-process.ts'
import { type Setting, startGateway, startNaive, startReference } from './gateway/servers.ts'
import { createAcknowledged } from './gateway/stored.ts'

const isShort = process.argv.includes('--short')
const REPETITIONS = isShort ? 1 : 3
const CONNECTIONS = 64
const SMALL = 2_000
const LARGE = 1_000_000
const seconds = isShort ? { warmUp: 3, rate: 3, full: 4 } : { warmUp: 5, rate: 5, full: 7 }
const RATES = [100, 500, 1_000]
const HIGHER_RATES = isShort ? [4_000] : [2_000, 4_000, 8_000, 12_000]
/** Seconds of a profile in which the service starts. */
const PROFILE_START = 3
const PROCESSES = isShort ? [] : [1, 2, 3, 4]
/** A deployment is a number of processes; as many as there are cores is the best number on the machine of the targets. */
const BEST = 2

const report = startReport('bench gateway')
mkdirSync(join(report.dir, 'logs'), { recursive: true })
const stack = await startStack({ dir: join(report.dir, 'stack'), isLongRun: true, say: report.say })
const machine = describeMachine(stack.how)
const setting: Setting = {
  stack,
  secret: randomBytes(16).toString('hex'),
  dir: join(report.dir, 'logs'),
}
const client = (prefix: string) =>
  connectKafka({ brokers: stack.brokers.split(','), clientId: 'bench', log: quietLog, prefix })
const [ours, theirs] = [client(''), client('naive.')]
for (const kafka of [ours, theirs]) await kafka.ensureTopics([topics.received], { eventPartitions: 12, replication: 1 })
const [storedByUs, storedByThem] = [createAcknowledged(), createAcknowledged()]
const tool = startLoadTool()
const sources = join(import.meta.dirname, 'gateway-sources.yaml')
const running: ServerUnderTest[] = []
const verdicts: Verdict[] = []

const keepers = new Map<string, (ids: readonly string[]) => void>([['naive', storedByThem.add]])
const load = (server: ServerUnderTest, duration: number, rate?: number): Promise<Measurement> => {
  report.note(`${server.name}: ${rate === undefined ? `${CONNECTIONS} connections` : `${rate}/s`}, ${duration} s`)
  const common = { connections: CONNECTIONS, seconds: duration, size: SMALL, secret: setting.secret }
  const keep = keepers.get(server.name) ?? storedByUs.add
  return measure(tool, server, rate === undefined ? common : { ...common, rate }, keep)
}

try {
  const reference = await startReference(setting)
  running.push(reference)
  const naive = await startNaive(setting, `naive.${topics.received.name}`)
  running.push(naive)
  const gateway = await startGateway(setting, sources)
  running.push(gateway)
  const best = await startGateway(setting, sources, BEST)
  running.push(best)
  for (const server of running) await load(server, seconds.warmUp)

  const full = new Map<string, Measurement[]>()
  const atRates: Measurement[] = []
  const curve: Measurement[] = []
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    for (const server of running)
      full.set(server.name, [...(full.get(server.name) ?? []), await load(server, seconds.full)])
    for (const rate of RATES)
      for (const server of [naive, gateway]) atRates.push(await load(server, seconds.rate, rate))
  }
  for (const rate of HIGHER_RATES) curve.push(await load(gateway, seconds.rate, rate))

  const beside = await besideLarge(gateway)
  for (const server of [gateway, best, naive]) await server.stop()
  const shared: Measurement[] = []
  for (const count of PROCESSES) shared.push(await sharing(count))
  const parts = await profile()

  report.note('reading the topics')
  const lost = (await storedByUs.missing(ours)) + (await storedByThem.missing(theirs))
  const medians = [...full.values()].map(medianOf)
  const rates = [naive, gateway].flatMap(({ name }) =>
    RATES.map((rate) => medianOf(atRates.filter(({ server, offered }) => server === name && offered === rate))),
  )
  judge(medians, rates, full)
  figure('2xx, ours', storedByUs.count())
  figure('2xx, naive', storedByThem.count())
  figure('2xx that are in no record of the topic', lost, { exactly: 0 })
  figure('2 KB beside 1 MB, p99 ms', beside.small.p99, { atMost: 100 })
  figure('1 MB, p99 ms', beside.large.p99)
  if (!isShort) {
    writeResults('gateway', machine, verdicts, parts, [
      {
        title: 'Saturation',
        note: `${CONNECTIONS} connections, 2 KB, medians of ${REPETITIONS}. A gateway is deployed as a number of processes: one, and ${BEST} on one port; reference and naive gateway are one process each.`,
        rows: medians,
      },
      {
        title: 'Fixed rates',
        note: 'Times from when a request was to be sent. Medians.',
        rows: [...rates, ...curve],
      },
      {
        title: 'Processes on one port',
        note: 'GATEWAY_REUSE_PORT; broker and load tool on the same cores.',
        rows: shared,
      },
      {
        title: '2 KB beside 1 MB',
        note: '200/s beside one connection of signed 1 MB bodies.',
        rows: [beside.small, beside.large],
      },
      {
        title: 'Every repetition',
        note: 'Saturation and fixed rates.',
        rows: [...[...full.values()].flat(), ...atRates],
      },
    ])
  }
} finally {
  await tool.close()
  await Promise.all(running.map((server) => server.stop()))
  await Promise.all([ours.close(), theirs.close()])
  await stack.stop()
}
await report.finish()

function figure(name: string, value: number, target: Target = {}): void {
  verdicts.push({ ...target, name, value })
  report.figure(name, value, target)
}

/** Done-when 1 of the gateway: each line is one of its targets. */
function judge(medians: readonly Measurement[], rates: readonly Measurement[], full: Map<string, Measurement[]>): void {
  const saturated = (name: string) => medians.find(({ server }) => server === name) as Measurement
  const [reference, naive, gateway] = [saturated('reference'), saturated('naive'), saturated('gateway')]
  figure('reference, requests a second', reference.perSecond)
  figure('naive, requests a second', naive.perSecond)
  figure('gateway, requests a second', gateway.perSecond)
  for (const name of ['gateway', `gateway ×${BEST}`]) {
    figure(`${name} against naive`, ratio(name, 'naive', full), { atLeast: 3 })
    figure(`${name} against reference, %`, rounded(ratio(name, 'reference', full) * 100), { atLeast: 40 })
    figure(`${name}, saturated, p99 ms`, saturated(name).p99, { atMost: 20 })
  }
  figure(`gateway ×${BEST}, requests a second`, saturated(`gateway ×${BEST}`).perSecond)
  figure(`gateway ×${BEST}, saturated, CPU ms a request`, saturated(`gateway ×${BEST}`).cpuMs)
  figure('naive, saturated, p99 ms', naive.p99)
  figure('gateway, saturated, CPU ms a request', gateway.cpuMs)
  figure('naive, saturated, CPU ms a request', naive.cpuMs)
  for (const rate of [500, 1_000]) {
    const at = (name: string) => rates.find(({ server, offered }) => server === name && offered === rate) as Measurement
    figure(`${rate}/s, gateway p50 ms`, at('gateway').p50, { atMost: 3 })
    figure(`${rate}/s, gateway p99 ms`, at('gateway').p99, { atMost: at('naive').p99 })
    figure(`${rate}/s, naive p99 ms`, at('naive').p99)
    figure(`${rate}/s, gateway CPU ms a request`, at('gateway').cpuMs, { atMost: at('naive').cpuMs })
    figure(`${rate}/s, naive CPU ms a request`, at('naive').cpuMs)
  }
  figure(
    'gateway, answers that are no 2xx',
    [...medians, ...rates].filter(isOurs).reduce((sum, { failed }) => sum + failed, 0),
    {
      exactly: 0,
    },
  )
  figure('gateway, resident memory, last repetition by first', growth(full.get('gateway') ?? []), { atMost: 1.15 })
}

function isOurs({ server }: Measurement): boolean {
  return server.startsWith('gateway')
}

/** Requests a second of one server by those of another: median of the quotients of each repetition. */
function ratio(name: string, other: string, full: Map<string, Measurement[]>): number {
  const quotients = (full.get(name) ?? []).map(
    (run, place) => run.perSecond / (full.get(other)?.[place]?.perSecond ?? 0),
  )
  return rounded(percentile(quotients, 50), 3)
}

function growth(runs: readonly Measurement[]): number {
  const typical = (run: Measurement | undefined) => percentile(run?.rss ?? [], 50)
  return rounded(typical(runs.at(-1)) / typical(runs[0]))
}

/** Shares of the busy time of a gateway that is used up, from a process of its own: a profile slows what it looks at. */
async function profile(): Promise<readonly (readonly [string, number])[]> {
  const server = await startGateway(setting, sources, 1, true)
  running.push(server)
  await load(server, seconds.warmUp)
  await load(server, seconds.full)
  await server.stop()
  const shares = whereTheTimeGoes(setting.dir, seconds.warmUp + PROFILE_START)
  report.note('where the time goes, in percent of the busy time of the gateway’s thread')
  for (const [part, share] of shares) report.note(`${share.toFixed(1).padStart(5)}  ${part}`)
  return shares
}

/** Small requests at a modest rate while one connection sends nothing but megabytes. */
async function besideLarge(gateway: ServerUnderTest): Promise<{ small: Measurement; large: Measurement }> {
  report.note('2 KB beside 1 MB')
  const second = startLoadTool()
  const common = { seconds: seconds.full, secret: setting.secret }
  const [small, large] = await Promise.all([
    measure(tool, gateway, { ...common, connections: 16, size: SMALL, rate: 200 }, storedByUs.add),
    measure(second, gateway, { ...common, connections: 1, size: LARGE }, storedByUs.add),
  ])
  await second.close()
  return { small: { ...small, server: '2 KB' }, large: { ...large, server: '1 MB' } }
}

async function sharing(count: number): Promise<Measurement> {
  const server = await startGateway(setting, sources, count)
  running.push(server)
  await load(server, seconds.warmUp)
  const measured = await load(server, seconds.full)
  await server.stop()
  return measured
}

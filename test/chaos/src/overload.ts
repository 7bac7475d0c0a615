// Offers a gateway five times what Kafka takes (produce requests are paced to 2,000 records a second): what is taken stays near the cap, what is refused is refused at once, memory stays, and it is over when the load is.
import { setTimeout as sleep } from 'node:timers/promises'
import { startReport } from '@millrace/local'
import { topics } from '@millrace/schemas'
import { type KafkaProxy, percentile, startKafkaProxy } from '@millrace/test-support'
import { startGatewayUnderTest, storedIds } from './gateway/gateway-under-test.ts'
import { type LoadSecond, startLoad } from './gateway/load.ts'
import { textTable } from './gateway/text-table.ts'

const CAP = Number(process.env.CHAOS_CAP ?? 2_000)
const FACTOR = 5
const SECONDS = Number(process.env.CHAOS_SECONDS ?? 60)
const COMPARE_SECONDS = 10
const AFTER_SECONDS = 10

const report = startReport('chaos overload')
let proxy: KafkaProxy | undefined
const under = await startGatewayUnderTest(report, {
  env: { GATEWAY_MAX_CONNECTIONS: '8000', GATEWAY_MAX_CONNECTIONS_PER_ADDRESS: '0' },
  between: async (brokers) => {
    proxy = await startKafkaProxy(brokers)
    return proxy.brokers
  },
})
const { port, path, secret } = under
const memory: number[] = []
const rows: string[][] = []
let phase = 'warming up'
const load = startLoad({ port, path, secret, rate: 500, maxConnections: 6_000 }, async (second) => {
  const now = phase
  const [mb, heapMb] = await Promise.all([under.residentMb(), under.heapMb()])
  memory.push(mb)
  rows.push(rowOf(now, second, mb, heapMb))
  report.progress(`${now}: ${second.accepted} accepted, ${second.refused} refused, ${mb.toFixed(0)} MB`)
})
try {
  await sleep(4_000)
  const perRecord = await bytesPerRecord()
  proxy?.pace('Produce', perRecord * CAP)
  report.note(`a record takes ${perRecord.toFixed(0)} bytes of a produce request; the cap is ${CAP} records a second`)
  const atCap = await during('at the cap', CAP, COMPARE_SECONDS)
  const over = await during('overload', CAP * FACTOR, SECONDS)
  const memoryOver = memory.slice(-over.length)
  const lifted = Date.now()
  const after = await during('after', CAP / 2, AFTER_SECONDS)
  const acknowledged = await load.stop()
  const stored = await storedIds(under.kafka)

  console.log(
    textTable(
      [
        'phase',
        'offered',
        'accepted',
        'refused',
        'failed',
        'held back',
        'connections',
        'p50 ms',
        'p99 ms',
        'refused p99 ms',
        'MB',
        'heap MB',
      ],
      rows,
    ),
  )
  const goodput = mean(over.map(({ accepted }) => accepted))
  const peak = Math.max(mean(atCap.map(({ accepted }) => accepted)), best(over.map(({ accepted }) => accepted)))
  // What was held back was never sent.
  report.figure('offered a second, times the cap', mean(over.map(({ offered }) => offered)) / CAP, {
    atLeast: 0.9 * FACTOR,
  })
  report.figure('goodput a second while overloaded', goodput)
  report.figure('goodput of the peak, %', (goodput / peak) * 100, { atLeast: 80 })
  report.figure('worst second of goodput while overloaded', Math.min(...over.map(({ accepted }) => accepted)))
  report.figure('accepted, p99 ms (worst second)', Math.max(...over.map(({ acceptedP99 }) => acceptedP99)), {
    atMost: 2_000,
  })
  report.figure(
    'refused, p99 ms (median second)',
    percentile(
      over.map(({ refusedP99 }) => refusedP99),
      50,
    ),
  )
  report.figure('slowest answer ms', Math.max(...over.map(({ slowest }) => slowest)))
  report.figure(
    'neither accepted nor refused',
    over.reduce((sum, { failed }) => sum + total(failed), 0),
    { exactly: 0 },
  )
  report.figure('memory at its most, MB', Math.max(...memoryOver))
  report.figure(
    'memory, last third over the one before',
    mean(memoryOver.slice(-memoryOver.length / 3)) /
      mean(memoryOver.slice(memoryOver.length / 3, (memoryOver.length * 2) / 3)),
    { atMost: 1.1 },
  )
  const calm = after.findIndex(({ refused, failed }) => refused === 0 && total(failed) === 0)
  report.figure(
    'seconds until nothing is refused after it',
    calm < 0 ? Number.NaN : ((after[calm]?.at ?? 0) - lifted) / 1_000,
    { atMost: 5 },
  )
  report.figure('acknowledged', acknowledged.length)
  report.figure('acknowledged but not stored', acknowledged.filter((id) => !stored.has(id)).length, { exactly: 0 })
  report.figure('gateway still runs', under.gateway.ended === null, { exactly: true })
} finally {
  await under.stop()
  await proxy?.close()
}
await report.finish()

/** The seconds of a phase, without its first, in which the former one rings on. */
async function during(name: string, rate: number, seconds: number): Promise<readonly LoadSecond[]> {
  phase = name
  const from = load.seconds.length
  load.setRate(rate)
  await sleep(seconds * 1_000)
  return load.seconds.slice(from + (name === 'after' ? 0 : 1))
}

/** By the topic, not by the answers: what is under way when the machine is slow would count on one side only. */
async function bytesPerRecord(): Promise<number> {
  const bytes = proxy?.requestBytes('Produce') ?? 0
  const ends = await under.kafka.ends(topics.received)
  return bytes / [...ends.values()].reduce((sum, end) => sum + Number(end), 0)
}

function rowOf(name: string, second: LoadSecond, mb: number, heapMb: number): string[] {
  const { offered, accepted, refused, failed, heldBack, connections, acceptedP50, acceptedP99, refusedP99 } = second
  const times = [acceptedP50, acceptedP99, refusedP99].map((ms) => ms.toFixed(0))
  const counts = [offered, accepted, refused, total(failed), heldBack, connections].map(String)
  return [name, ...counts, ...times, mb.toFixed(0), heapMb.toFixed(0)]
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Mean of the best ten seconds in a row. */
function best(values: readonly number[]): number {
  return Math.max(...values.map((_, at) => (at + 10 <= values.length ? mean(values.slice(at, at + 10)) : 0)))
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, each) => sum + each, 0)
}

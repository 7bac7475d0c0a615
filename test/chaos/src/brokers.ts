// What Kafka does to a gateway under load, with three brokers: leaders change, brokers restart, stop answering, go and come back; nothing acknowledged is lost.
import { setTimeout as sleep } from 'node:timers/promises'
import { startReport } from '@millrace/local'
import { topics } from '@millrace/schemas'
import { type KafkaProxy, startKafkaProxy, waitFor } from '@millrace/test-support'
import kafkajs from 'kafkajs'
import { startGatewayUnderTest, storedIds } from './gateway/gateway-under-test.ts'
import { type LoadSecond, startLoad } from './gateway/load.ts'
import { textTable } from './gateway/text-table.ts'

const RATE = Number(process.env.CHAOS_RATE ?? 300)
const OUTAGE_MS = 6_000
const RECOVER_WITHIN_S = 5
const SLOW_MS = 200

const report = startReport('chaos brokers')
let proxy: KafkaProxy | undefined
const under = await startGatewayUnderTest(report, {
  brokers: 3,
  // All of the load comes from one address, and while Kafka is mute every request waits.
  env: { GATEWAY_MAX_CONNECTIONS_PER_ADDRESS: '0' },
  between: async (brokers) => {
    proxy = await startKafkaProxy(brokers)
    return proxy.brokers
  },
})
const { port, path, secret, stack } = under
const load = startLoad({ port, path, secret, rate: RATE, maxConnections: 2_000 })
const rows: string[][] = []
const every = (act: (one: ReturnType<KafkaProxy['proxies']>[number]) => void | Promise<void>) =>
  Promise.all((proxy?.proxies() ?? []).map(act))
try {
  await sleep(4_000)
  const [, second, third] = stack.nodes
  // A broker that stops in order hands its leaders over: every partition that it led changes its leader.
  await during('leader change: a broker stops in order', async () => second?.stop(), {
    isRefusalAllowed: false,
    without: 2,
  })
  await during('and comes back', async () => second?.start(), { isRefusalAllowed: false })
  // Its session has to run out before others may lead, and before the others' records count as replicated without it: only Kafka can end that time.
  await during('leader change: a broker is killed', async () => third?.kill(), { without: 3 })
  await during('and comes back', async () => third?.start())
  await during('all brokers are mute', () => every((one) => one.set('response', { mode: 'hold' })), { isDown: true })
  await during('and speak again', () => every((one) => one.heal()))
  const slow = () => every((one) => one.set('response', { delayMs: SLOW_MS }))
  await during(`all brokers are slow: ${SLOW_MS} ms an answer`, slow, { isSlow: true })
  await during('and quick again', () => every((one) => one.heal()))
  await during('all brokers are gone', () => every((one) => one.down()), { isDown: true })
  await during('and back', () => every((one) => one.up()))
  const acknowledged = await load.stop()
  const stored = await storedIds(under.kafka)

  console.log(textTable(['what', 'it took ms', 'accepted', 'refused', 'failed', 'slowest ms', 'calm after s'], rows))
  report.figure('acknowledged', acknowledged.length)
  report.figure('acknowledged but not stored', acknowledged.filter((id) => !stored.has(id)).length, { exactly: 0 })
  report.figure('slowest answer ms', Math.max(...load.seconds.map(({ slowest }) => slowest)), { atMost: 2_500 })
  report.figure('gateway still runs', under.gateway.ended === null, { exactly: true })
} finally {
  await under.stop()
  await proxy?.close()
}
await report.finish()

interface Expected {
  /** Nothing can be stored meanwhile. Default false. */
  readonly isDown?: boolean
  /** Nothing is stored in less than `SLOW_MS`. Default false. */
  readonly isSlow?: boolean
  /** Id of the broker whose partitions get another leader; recovery is counted from when all have one. */
  readonly without?: number
  /** Default true. */
  readonly isRefusalAllowed?: boolean
}

/** Does something to the brokers and looks at what becomes of the load in the seconds that follow. */
async function during(what: string, act: () => Promise<unknown>, expected: Expected = {}): Promise<void> {
  report.note(what)
  const { without } = expected
  const led = without === undefined ? 0 : await ledBy(without)
  const from = load.seconds.length
  const began = Date.now()
  await act()
  const took = Date.now() - began
  if (without !== undefined)
    await waitFor(async () => (await ledBy(without)) === 0, { what: 'other leaders', everyMs: 100 })
  const movedAt = Date.now()
  await sleep(OUTAGE_MS)
  const seconds = load.seconds.slice(from)
  const refused = sum(seconds, (each) => each.refused)
  const failures: Record<string, number> = {}
  for (const second of seconds) {
    for (const [how, times] of Object.entries(second.failed)) failures[how] = (failures[how] ?? 0) + times
  }
  const failed = Object.values(failures).reduce((all, times) => all + times, 0)
  const slowest = Math.max(...seconds.map((each) => each.slowest))
  const lastRefused = seconds.findLast((each) => each.refused > 0)
  const isCalm = lastRefused !== seconds.at(-1)
  const calm = isCalm ? seconds.filter(({ at }) => at > movedAt && at <= (lastRefused?.at ?? 0)).length : Number.NaN
  const accepted = sum(seconds, (each) => each.accepted)
  rows.push([
    what,
    took.toFixed(0),
    String(accepted),
    String(refused),
    failed === 0 ? '0' : JSON.stringify(failures),
    slowest.toFixed(0),
    isCalm ? String(calm) : 'not',
  ])
  report.figure(`${what}: failed`, failed, { exactly: 0 })
  const last = seconds.at(-1)
  if (expected.isDown === true) {
    report.figure(`${what}: slowest refusal ms`, slowest, { atMost: 2_000 })
    report.figure(`${what}: refused`, refused, { atLeast: 1 })
    report.figure(`${what}: accepted in its last second`, last?.accepted ?? Number.NaN, { exactly: 0 })
  } else report.figure(`${what}: seconds until nothing is refused`, calm, { atMost: RECOVER_WITHIN_S })
  if (expected.isSlow === true) {
    // A timer may fire a moment early.
    report.figure(`${what}: p50 ms in its last second`, last?.acceptedP50 ?? Number.NaN, { atLeast: SLOW_MS * 0.95 })
  }
  if (without !== undefined) {
    report.figure(`${what}: partitions with another leader`, led, { atLeast: 1 })
    report.figure(`${what}: seconds until they had one`, (movedAt - began) / 1_000)
  }
  if (expected.isRefusalAllowed === false) report.figure(`${what}: refused`, refused, { atMost: RATE })
}

/** How many partitions a broker leads. Each time from a client of its own: one that was connected to a broker that is gone would have to notice first. */
async function ledBy(broker: number): Promise<number> {
  const brokers = stack.brokers.split(',')
  const settings = { clientId: 'chaos', brokers, logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 0 } }
  const admin = new kafkajs.Kafka(settings).admin()
  await admin.connect()
  try {
    const found = await admin.fetchTopicMetadata({ topics: [topics.received.name] })
    return found.topics[0]?.partitions.filter(({ leader }) => leader === broker).length ?? Number.NaN
  } finally {
    await admin.disconnect()
  }
}

function sum(seconds: readonly LoadSecond[], of: (second: LoadSecond) => number): number {
  return seconds.reduce((all, each) => all + of(each), 0)
}

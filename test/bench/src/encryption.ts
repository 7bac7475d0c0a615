// What encryption costs: the same load through a system that encrypts and through one that does not, by turns on one stack. Events a second from the first
// webhook until snapshots, graph and deliveries are made of the last, and processor time an event. About 8 minutes. BENCH_EVENTS=3000 BENCH_CONVERSATIONS=150 BENCH_ROUNDS=8 BENCH_MINUTES=10
import { join } from 'node:path'
import { startReport, startStack } from '@millrace/local'
import { allTopics } from '@millrace/schemas'
import { compare, spread } from './encryption/compare.ts'
import { type Measured, startMeasuredSystem } from './encryption/measured-system.ts'
import { readableInRedis } from './encryption/readable-in-redis.ts'
import { restsEncrypted } from './encryption/rests-encrypted.ts'

const EVENTS = Number(process.env.BENCH_EVENTS ?? 3_000)
/** Each is a subject with a key of its own, and so is its customer. */
const CONVERSATIONS = Number(process.env.BENCH_CONVERSATIONS ?? Math.ceil(EVENTS / 20))
/** Of each way, at most; after so many minutes no more are begun, once there are two of each. */
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 8)
const MINUTES = Number(process.env.BENCH_MINUTES ?? 10)
const FEWEST_ROUNDS = 2
/** First requests pay for connections and compilation, and groups may still be joined. */
const WARM_UPS = 3
const LOST_AT_MOST = 25

const report = startReport('bench encryption')
const stack = await startStack({ dir: join(report.dir, 'stack'), isLongRun: true, say: report.say })
const plain = await startMeasuredSystem(stack, {})
const encrypting = await startMeasuredSystem(stack, { MILLRACE_ENCRYPTION: 'true' })
const ways = { plain, encrypting } as const
type Way = keyof typeof ways
const bothWays = ['plain', 'encrypting'] as const
try {
  for (const way of bothWays) await warmUp(way)
  const found: Record<Way, Measured[]> = { plain: [], encrypting: [] }
  for (let round = 1; round <= ROUNDS; round++) {
    if (round > FEWEST_ROUNDS && performance.now() > MINUTES * 60_000) break
    // Plain, encrypting, encrypting, plain: what gets slower or faster with time meets both.
    for (const way of round % 2 === 1 ? bothWays : bothWays.toReversed())
      found[way].push(await load(way, EVENTS, CONVERSATIONS, `round ${round}`))
  }
  tell(found)
  // What is compared must be what it says.
  await lookAtRest()
} finally {
  await Promise.all([plain.stop(), encrypting.stop()])
  await stack.stop()
}
await report.finish()

/** Until a load goes by without a rebalance: nothing is measured before all groups are stable. */
async function warmUp(way: Way): Promise<void> {
  for (let time = 1; time <= WARM_UPS; time++) {
    const { rebalances } = await load(way, Math.ceil(EVENTS / 2), Math.ceil(CONVERSATIONS / 2), `warm-up ${time}`)
    if (rebalances === 0) return
  }
}

async function load(way: Way, events: number, conversations: number, what: string): Promise<Measured> {
  const one = await ways[way].load(events, conversations, (text) => report.progress(`${what}, ${way}: ${text}`))
  const seconds = Array.from(one.seconds, ([stage, took]) => `${stage} ${took.toFixed(1)}`).join(', ')
  report.note(
    `${what}, ${way}: ${one.eventsPerSecond.toFixed(0)} events/s; done after ${seconds} s; CPU an event: services ${one.cpuMs.toFixed(2)}, Kafka and Redis ${one.serverCpuMs.toFixed(2)} ms; ${one.observations.toFixed(1)} observations an event${one.rebalances > 0 ? `; ${one.rebalances} REBALANCES` : ''}`,
  )
  for (const warning of one.warnings.slice(0, 5)) report.note(`  ${warning}`)
  return one
}

function tell(found: Record<Way, Measured[]>): void {
  report.figure('events a round', EVENTS)
  report.figure('conversations a round', CONVERSATIONS)
  report.figure('rounds of each way', found.plain.length)
  for (const way of bothWays) {
    const rounds = found[way]
    report.figure(`${way}: events a second`, spread(rounds.map((one) => one.eventsPerSecond)))
    report.figure(
      `${way}: rebalances in rounds`,
      rounds.map((one) => one.rebalances).reduce((sum, one) => sum + one),
    )
  }
  const cpu = (what: string, of: (one: Measured) => number) => {
    for (const way of bothWays) report.figure(`${what}: CPU ms an event, ${way}`, spread(found[way].map(of), 2))
    report.figure(`${what}: CPU added by encryption, %`, compare(found, of).added)
  }
  for (const name of plain.system.services.keys()) cpu(name, (one) => one.byService.get(name) ?? Number.NaN)
  cpu('all services', (one) => one.cpuMs)
  cpu('Kafka and Redis', (one) => one.serverCpuMs)
  const { added, lowest, highest } = compare(found, (one) => one.eventsPerSecond)
  report.figure('throughput lost to encryption, %', -added, { atMost: LOST_AT_MOST })
  report.figure('the same, of single pairs of rounds', `${(-highest).toFixed(0)} to ${(-lowest).toFixed(0)}`)
  report.note(
    `encryption costs ${(-added).toFixed(1)} % of end-to-end throughput (target < ${LOST_AT_MOST} %), and ${compare(found, (one) => one.cpuMs).added.toFixed(1)} % more processor time of the services`,
  )
}

async function lookAtRest(): Promise<void> {
  const both: Record<Way, Set<string>> = { plain: new Set(), encrypting: new Set() }
  for (const topic of allTopics().filter(({ subject }) => subject !== undefined)) {
    for (const way of bothWays) {
      const is = await restsEncrypted(ways[way].kafka, topic)
      if (is !== 'empty') both[way].add(`${is}`)
      if (is === (way === 'plain') || is === 'some') report.note(`${way}: ${topic.name}: ${is}`)
    }
  }
  report.figure('plain: topics about people are encrypted', [...both.plain].join(), { exactly: 'false' })
  report.figure('encrypting: topics about people are encrypted', [...both.encrypting].join(), { exactly: 'true' })
  const readable = async (way: Way) => readableInRedis(stack.redisUrl, ways[way].system.prefix)
  const [readablePlain, readableEncrypting] = [await readable('plain'), await readable('encrypting')]
  for (const name of readableEncrypting.slice(0, 10)) report.note(`can be read: ${name}`)
  report.figure('plain: keys of Redis with an address that can be read', readablePlain.length, { atLeast: 1 })
  report.figure('encrypting: keys of Redis with an address that can be read', readableEncrypting.length, { exactly: 0 })
}

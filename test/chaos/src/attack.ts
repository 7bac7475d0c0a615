// Attacks a gateway with what is no good webhook, beside a sender that behaves: every attack gets its answer, and the sender notices nothing.
import { startReport } from '@millrace/local'
import {
  type Attack,
  describeOutcome,
  exchangeRaw,
  httpAttacks,
  isExpected,
  percentile,
  signatureAttacks,
  slowAttacks,
  startSteadySender,
} from '@millrace/test-support'
import { startGatewayUnderTest, storedIds } from './gateway/gateway-under-test.ts'
import { type HerdFigures, type HerdOrder, runHerd } from './gateway/herd.ts'
import { textTable } from './gateway/text-table.ts'

const RATE = Number(process.env.CHAOS_RATE ?? 100)
const IDLE = Number(process.env.CHAOS_IDLE ?? 10_000)
const SECONDS = Number(process.env.CHAOS_SECONDS ?? 10)
/** Of the sender's requests, one in so many knocks anew: kept connections alone would not see a defence that keeps everybody out. */
const FRESH_EVERY = 10
/** How long the gateway waits for a request, and for its answers to be taken. */
const PATIENCE_MS = 8_000
/** The sender has an address of its own, as it would have out there. */
const GOOD = '127.0.0.2'
const BAD = '127.0.0.1'
/** Of those who may send but send much: what others did must not count against them. */
const HEAVY = '127.0.0.3'

const report = startReport('chaos attack')
const under = await startGatewayUnderTest(report, {
  // The limits are those that a gateway has by default; only the patience with slow clients is cut short.
  env: {
    GATEWAY_RATE_PER_ADDRESS: '12000',
    GATEWAY_HEADERS_TIMEOUT_MS: '5000',
    GATEWAY_REQUEST_TIMEOUT_MS: String(PATIENCE_MS),
  },
})
const { port, path, secret } = under
const target = { port, path, secret, localAddress: BAD }
const answered: string[][] = []
const phases: string[][] = []
const acknowledged: string[] = []

try {
  await beside('nothing, to compare', () => new Promise((resolve) => setTimeout(resolve, SECONDS * 500)))
  await beside('signatures and bodies', () => inTurn(signatureAttacks))
  await beside('HTTP', () => inTurn(httpAttacks))
  await beside('slow clients', () => Promise.all(slowAttacks.map(attempt)))
  await herd('slow headers, 400 connections', { kind: 'slow', connections: 400 })
  await herd('slow headers, 2500 connections of 250 addresses', { kind: 'slow', connections: 2_500, addresses: 250 })
  await herd('forged requests of one address, 64 connections', { kind: 'forged', connections: 64 })
  await herd('forged requests of 250 addresses, 64 connections', { kind: 'forged', connections: 64, addresses: 250 })
  await herd('1 MB bodies of nobody of 250 addresses, 8 connections', { kind: 'large', connections: 8, addresses: 250 })
  await herd('verified 1 MB bodies, 10 a second', { kind: 'verified', connections: 2, localAddress: HEAVY })
  for (const kind of ['deaf', 'sipping'] as const) {
    const order = { kind, connections: 10, addresses: 10, seconds: PATIENCE_MS / 1_000 + 8 }
    const { closed } = await herd(`clients that take no answers (${kind}), 10 connections`, order)
    report.figure(`clients that take no answers (${kind}): dropped`, closed, { exactly: order.connections })
  }
  await herd(`${IDLE} idle connections of one address`, { kind: 'idle', connections: IDLE })
  await herd(`${IDLE} idle connections of 250 addresses`, { kind: 'idle', connections: IDLE, addresses: 250 })
  const stored = await storedIds(under.kafka)
  const lost = acknowledged.filter((id) => !stored.has(id)).length
  const wrong = answered.filter(([, , , , isRight]) => isRight !== 'yes')

  console.log(textTable(['group', 'attack', 'must be', 'was', 'right'], answered))
  console.log(
    textTable(
      ['beside', 'accepted', 'not', 'connections', 'p50 ms', 'p99 ms', 'max ms', 'MB', 'what the attackers saw'],
      phases,
    ),
  )
  report.figure('attacks with an answer of their own', answered.length)
  report.figure('answered otherwise', wrong.length, { exactly: 0 })
  report.figure('acknowledged to the good sender', acknowledged.length)
  report.figure('acknowledged but not stored', lost, { exactly: 0 })
  // Of two bodies that were signed before they were packed, one is too large to be unpacked for a stranger.
  const unpacked = under.gateway.log.filter((line) => line.includes('body-compressed'))
  report.figure('packed bodies that were unpacked to explain them', unpacked.length, { exactly: 1 })
  const faults = under.gateway.log.filter((line) => line.includes('by a fault of ours'))
  report.figure('faults of ours', faults.length, { exactly: 0 })
  report.figure('gateway still runs', under.gateway.ended === null, { exactly: true })
} finally {
  await under.stop()
}
await report.finish()

/** Runs an attack while the good sender goes on. */
async function beside<T>(name: string, attack: () => Promise<T>): Promise<T> {
  report.note(name)
  const sender = startSteadySender({ port, path, secret, localAddress: GOOD, rate: RATE, freshEvery: FRESH_EVERY })
  const seen = await attack()
  const { latencies, failures, acknowledged: ids, opened } = await sender.stop()
  if (under.gateway.ended !== null) {
    throw new Error(`the gateway ended with ${under.gateway.ended}:\n${under.gateway.log.slice(-20).join('\n')}`)
  }
  acknowledged.push(...ids)
  const failed = Object.values(failures).reduce((sum, each) => sum + each, 0)
  const p99 = percentile(latencies, 99)
  const figures = [percentile(latencies, 50), p99, Math.max(...latencies), await under.residentMb()]
  const told = typeof seen === 'object' && seen !== null && !Array.isArray(seen) ? JSON.stringify(seen) : ''
  phases.push([
    name,
    String(ids.length),
    failed === 0 ? '0' : JSON.stringify(failures),
    String(opened),
    ...figures.map((ms) => ms.toFixed(1)),
    told,
  ])
  report.figure(`beside ${name}: good sender p99 ms`, p99, { atMost: 100 })
  report.figure(`beside ${name}: good sender not accepted`, failed, { exactly: 0 })
  const fewest = Math.floor(ids.length / FRESH_EVERY)
  report.figure(`beside ${name}: good sender connections`, opened, { atLeast: fewest })
  return seen
}

async function herd(
  name: string,
  order: Pick<HerdOrder, 'kind' | 'connections' | 'addresses' | 'localAddress'> & { readonly seconds?: number },
): Promise<HerdFigures> {
  const seen = await beside(name, () => runHerd({ ...target, seconds: SECONDS, ...order }))
  judge(name, order, seen)
  return seen
}

/** What a herd must see, by its kind. */
function judge(name: string, { kind, connections }: Pick<HerdOrder, 'kind' | 'connections'>, seen: HerdFigures): void {
  const count = (isMeant: (what: string) => boolean) =>
    Object.entries(seen.answers).reduce((sum, [what, times]) => (isMeant(what) ? sum + times : sum), 0)
  const accepted = count((what) => what.startsWith('2'))
  if (kind === 'forged' || kind === 'large') {
    const refused = count((what) => what === '401' || what === '429')
    report.figure(`${name}: accepted`, accepted, { exactly: 0 })
    report.figure(`${name}: refused`, refused, { atLeast: connections })
  } else if (kind === 'verified') {
    const others = count((what) => what !== '200' && what !== '429')
    report.figure(`${name}: accepted`, accepted, { atLeast: 1 })
    report.figure(`${name}: neither 200 nor 429`, others, { exactly: 0 })
  } else if (kind === 'slow' || kind === 'idle') {
    const others = count((what) => /^\d/.test(what) && what !== '408')
    report.figure(`${name}: dropped`, seen.closed, { exactly: connections })
    report.figure(`${name}: answered, and not 408`, others, { exactly: 0 })
  }
}

async function inTurn(attacks: readonly Attack[]): Promise<void> {
  for (const attack of attacks) await attempt(attack)
}

async function attempt(attack: Attack): Promise<void> {
  report.progress(`${attack.group}: ${attack.name}`)
  const seen = describeOutcome(await exchangeRaw(target, attack.parts(target), attack.options))
  const expected = [attack.expected].flat().join(' or ')
  answered.push([
    attack.group,
    attack.name,
    shortened(expected),
    shortened(seen),
    isExpected(attack, seen) ? 'yes' : 'NO',
  ])
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

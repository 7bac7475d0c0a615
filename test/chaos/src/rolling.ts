// Restarts two gateways in turn, again and again, behind a balancer that follows their readiness, under load: no request fails.
import { setTimeout as sleep } from 'node:timers/promises'
import { startReport } from '@millrace/local'
import { percentile, startBalancer } from '@millrace/test-support'
import { startGatewayUnderTest, storedIds } from './gateway/gateway-under-test.ts'
import { startLoad } from './gateway/load.ts'
import { textTable } from './gateway/text-table.ts'

const RATE = Number(process.env.CHAOS_RATE ?? 300)
const ROUNDS = Number(process.env.CHAOS_ROUNDS ?? 3)

const report = startReport('chaos rolling')
const env = { GATEWAY_DRAIN_MS: '1000' }
const under = await startGatewayUnderTest(report, { env })
const other = await under.another()
const gateways = [under, other]
const balancer = await startBalancer(
  gateways.map(({ port, gateway }) => ({ port, readyUrl: `${gateway.adminUrl}/readyz` })),
)
const load = startLoad({ port: balancer.port, path: under.path, secret: under.secret, rate: RATE, maxConnections: 64 })
const rows: string[][] = []
try {
  await sleep(3_000)
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [place, { gateway }] of gateways.entries()) {
      report.note(`round ${round}: gateway ${place + 1} is restarted`)
      const from = load.seconds.length
      const began = performance.now()
      await gateway.stop()
      const stopped = performance.now() - began
      const how = String(gateway.ended)
      await gateway.start()
      await sleep(1_500)
      const seconds = load.seconds.slice(from)
      const answered = seconds.reduce((sum, { accepted }) => sum + accepted, 0)
      const worst = Math.max(...seconds.map(({ acceptedP99 }) => acceptedP99))
      rows.push([`${round}`, `${place + 1}`, how, stopped.toFixed(0), String(answered), worst.toFixed(0)])
    }
  }
  const acknowledged = await load.stop()
  const stored = await storedIds(under.kafka)
  console.log(textTable(['round', 'gateway', 'exit code', 'stopped after ms', 'accepted meanwhile', 'p99 ms'], rows))
  const { seconds } = load
  const failed: Record<string, number> = {}
  for (const second of seconds) {
    for (const [what, times] of Object.entries(second.failed)) failed[what] = (failed[what] ?? 0) + times
  }
  report.figure('restarts', rows.length, { exactly: ROUNDS * gateways.length })
  report.figure('requests accepted', acknowledged.length)
  report.figure(
    'requests refused',
    seconds.reduce((sum, { refused }) => sum + refused, 0),
    { exactly: 0 },
  )
  report.figure('requests failed', JSON.stringify(failed), { exactly: '{}' })
  report.figure(
    'not sent, since every connection was waiting',
    seconds.reduce((sum, { heldBack }) => sum + heldBack, 0),
    { exactly: 0 },
  )
  report.figure(
    'accepted, p99 ms (median second)',
    percentile(
      seconds.map(({ acceptedP99 }) => acceptedP99),
      50,
    ),
  )
  report.figure('acknowledged but not stored', acknowledged.filter((id) => !stored.has(id)).length, { exactly: 0 })
} finally {
  await balancer.close()
  await under.stop()
}
await report.finish()

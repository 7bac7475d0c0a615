// Changes the sources file of a gateway under load: sources come and go, secrets are rotated, the file breaks and is repaired. Nobody is refused who should not be.
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { startReport } from '@millrace/local'
import { percentile, signFront, startSteadySender, waitFor } from '@millrace/test-support'
import { startGatewayUnderTest, storedIds } from './gateway/gateway-under-test.ts'
import { createSourcesOnDisk } from './gateway/sources-on-disk.ts'

const ROUNDS = Number(process.env.CHAOS_ROUNDS ?? 10)
const RATE = Number(process.env.CHAOS_RATE ?? 200)
/** Sources that nobody posts to. From some 100 on the file is read in a thread, which takes longer to start than a smaller file to read. */
const OTHERS = Number(process.env.CHAOS_SOURCES ?? 60)
const OVERLAP_MS = 5_000
const WITHIN_MS = 2_000
/** After which a change never counts, slow machine or not. */
const NEVER_MS = 20_000

interface Secret {
  readonly id: string
  readonly secret: string
  readonly not_after?: string
}

const report = startReport('chaos reload')
const disk = createSourcesOnDisk()
const rate = { rate_limit_per_minute: 10_000_000 }
const steadySecret = newSecret()
const others = Array.from({ length: OTHERS }, (_, index) => ({ name: `other-${index}`, secret: newSecret() }))
let rotating: readonly Secret[] = [{ id: 'k0', secret: newSecret() }]
let guests: readonly { readonly name: string; readonly secret: string }[] = []
let changes = 0
disk.write(text())
const under = await startGatewayUnderTest(report, { env: { MILLRACE_SOURCES: disk.path } })
const base = `http://127.0.0.1:${under.port}/api/webhooks`
const seenAfterMs: number[] = []
const wrong: string[] = []

const steady = startSteadySender({
  port: under.port,
  path: '/api/webhooks/steady',
  secret: steadySecret,
  rate: RATE,
  maxConnections: 256,
})
const customer = startCustomer()
try {
  for (let round = 1; round <= ROUNDS; round++) {
    report.progress(`round ${round} of ${ROUNDS}`)
    await addGuest(round)
    const old = await rotate(round)
    await breakFile()
    await repairFile()
    await removeGuest()
    await endOf(old)
  }
  const refusedByCustomer = await customer.stop()
  const { latencies, failures, acknowledged } = await steady.stop()
  const stored = await storedIds(under.kafka)
  const told = under.gateway.log.filter((line) => line.includes('sources file is not taken')).length
  report.figure('changes of the file', changes, { atLeast: ROUNDS * 5 })
  report.figure('requests of the source that never changes', latencies.length)
  report.figure('of the unchanged not accepted', sum(failures), { exactly: 0 })
  report.figure('of the unchanged not stored', acknowledged.filter((id) => !stored.has(id)).length, { exactly: 0 })
  report.figure('their p99 ms', percentile(latencies, 99), { atMost: 100 })
  report.figure('requests of the source whose secret is rotated', customer.sent())
  report.figure('of the rotated not accepted', refusedByCustomer, { exactly: 0 })
  report.figure('a change counts after ms, at most', Math.max(...seenAfterMs), { atMost: WITHIN_MS })
  report.figure('a change counts after ms, p50', percentile(seenAfterMs, 50))
  report.figure('broken files that were told', told, { atLeast: ROUNDS })
  report.figure('other outcomes than promised', wrong.length, { exactly: 0 })
  for (const line of wrong.slice(0, 20)) report.note(line)
  if (sum(failures) > 0)
    report.note(`not accepted: ${JSON.stringify(failures)}; by rule ${JSON.stringify(rulesIn(under.gateway.log))}`)
  const leaks = under.gateway.log.filter((line) => line.includes('canary')).length
  report.figure('lines of the log with a secret', leaks, { exactly: 0 })
} finally {
  await under.stop()
}
await report.finish()

function newSecret(): string {
  return `canary-${randomBytes(16).toString('hex')}`
}

function text(): string {
  const sources = [
    { name: 'steady', provider: 'front', secrets: [{ id: 'only', secret: steadySecret }], ...rate },
    { name: 'rotating', provider: 'front', secrets: rotating, ...rate },
    ...[...guests, ...others].map(({ name, secret }) => ({ name, provider: 'front', secrets: [{ secret }], ...rate })),
  ]
  return JSON.stringify({ sources }, null, 1)
}

/** Writes the file and waits until what it should bring about is there. */
async function change(what: string, isThere: () => Promise<boolean>, content = text()): Promise<void> {
  const way = disk.write(content)
  changes += 1
  const since = performance.now()
  try {
    await waitFor(isThere, { what, deadlineMs: NEVER_MS, everyMs: 20 })
  } catch {
    wrong.push(`${what} (${way}): never`)
  }
  seenAfterMs.push(performance.now() - since)
}

async function addGuest(round: number): Promise<void> {
  const guest = { name: `guest-${round}`, secret: newSecret() }
  guests = [guest]
  await change('a source that is added', async () => (await send(guest.name, guest.secret)) === 200)
}

async function removeGuest(): Promise<void> {
  const [guest] = guests
  guests = []
  if (guest !== undefined)
    await change('a source that is removed', async () => (await send(guest.name, guest.secret)) === 404)
}

/** The new secret beside the old one, which gets its end; then the customer changes over. */
async function rotate(round: number): Promise<Secret & { readonly ends: number }> {
  const [current] = rotating
  if (current === undefined) throw new Error('there is always a secret')
  const ends = Date.now() + OVERLAP_MS
  const next = { id: `k${round}`, secret: newSecret() }
  rotating = [next, { ...current, not_after: new Date(ends).toISOString() }]
  await change('a new secret', async () => (await send('rotating', next.secret)) === 200)
  if (Date.now() < ends && (await send('rotating', current.secret)) !== 200)
    wrong.push('an old secret was refused before its end')
  customer.use(next.secret)
  return { ...current, ends }
}

async function endOf({ secret, ends }: { readonly secret: string; readonly ends: number }): Promise<void> {
  await delay(Math.max(0, ends - Date.now()) + 50)
  const status = await send('rotating', secret)
  if (status !== 401) wrong.push(`an old secret after its end: ${status}`)
}

async function breakFile(): Promise<void> {
  const whole = text()
  const broken = changes % 2 === 0 ? whole.slice(0, -40) : whole.replaceAll('"secret"', '"sekret"')
  await change('a broken file to be told', async () => (await gauge('millrace_sources_refused')) === 1, broken)
  const kept = [await send('steady', steadySecret), await send('guest-0', steadySecret)]
  if (kept.join() !== '200,404') wrong.push(`beside a broken file: ${kept.join()}`)
}

function repairFile(): Promise<void> {
  return change('a repaired file', async () => (await gauge('millrace_sources_refused')) === 0)
}

async function gauge(name: string): Promise<number> {
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'm').exec(await under.gateway.metrics())?.[1])
}

async function send(source: string, secret: string): Promise<number> {
  const body = Buffer.from(JSON.stringify({ type: 'comment', id: `evt_${randomBytes(6).toString('hex')}` }))
  const answer = await fetch(`${base}/${source}`, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: signFront(body, 'app', secret),
  })
  await answer.arrayBuffer()
  return answer.status
}

/** Sends one request after the other, each with the secret that it was told last. */
function startCustomer() {
  let secret = rotating[0]?.secret ?? ''
  let sent = 0
  let failed = 0
  let isStopped = false
  const running = (async () => {
    while (!isStopped) {
      const status = await send('rotating', secret).catch((error: Error) => error.message)
      sent += 1
      if (status !== 200) {
        failed += 1
        wrong.push(`the customer whose secret is rotated got ${status}`)
      }
      await delay(10)
    }
  })()
  return {
    use: (next: string) => {
      secret = next
    },
    sent: () => sent,
    async stop() {
      isStopped = true
      await running
      return failed
    },
  }
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

/** How often the log names each rule. */
function rulesIn(log: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const line of log) {
    const rule = /"rule":"([^"]+)"/.exec(line)?.[1]
    if (rule !== undefined) counts[rule] = (counts[rule] ?? 0) + 1
  }
  return counts
}

// Gives a gateway 500,000 generated inputs (bodies, headers, heads of requests, sources files): no crash, no 5xx but 503, no parse and no proof above 50 ms.
import { startReport } from '@millrace/local'
import {
  createRandom,
  createRequestPool,
  exchangeRaw,
  type FuzzInput,
  fuzzInputs,
  postBytes,
  type RawAnswer,
} from '@millrace/test-support'
import { startGatewayUnderTest, storedIds } from './gateway/gateway-under-test.ts'
import { runParseFuzz } from './gateway/parse-fuzz.ts'
import { textTable } from './gateway/text-table.ts'

const INPUTS = Number(process.env.CHAOS_INPUTS ?? 500_000)
const SEED = Number(process.env.CHAOS_SEED ?? Date.now() % 2 ** 31)
const SHARES = { pipeline: 0.55, json: 0.05, requests: 0.3, sources: 0.1 }
/** Of the requests, those that must get through to Kafka: else the way that accepts is not tried. */
const ACCEPTED = 0.2
const CONNECTIONS = 64
const SLOW_MS = 50

const report = startReport('chaos fuzz')
report.note(`seed ${SEED} (CHAOS_SEED repeats the run)`)
const outcomes = new Map<string, number>()
const accepted: string[] = []
const under = await startGatewayUnderTest(report, {
  env: { GATEWAY_HEADERS_TIMEOUT_MS: '1000', GATEWAY_REQUEST_TIMEOUT_MS: '2000' },
})
const { port, path, secret, gateway } = under
const seconds: Record<string, number> = {}
try {
  const [parsed] = await Promise.all([
    timing('parsing', runParseFuzz(parseOrder(), report.progress)),
    timing('requests', requests(share('requests'))),
  ])
  for (const [what, times] of parsed.outcomes) count(what, times)
  console.log(
    textTable(
      ['outcome', 'count'],
      [...outcomes].sort().map(([what, times]) => [what, String(times)]),
    ),
  )
  for (const stack of parsed.crashes.slice(0, 20)) report.note(stack)
  const stored = await storedIds(under.kafka)
  report.figure('inputs', sumOf('') - sumOf('the same body'), { atLeast: INPUTS })
  report.figure('seed', SEED)
  report.figure('requests over sockets answered 2xx', sumOf('request: 2'), { atLeast: share('requests') * ACCEPTED })
  report.figure('acknowledged as stored, but not stored', accepted.filter((id) => !stored.has(id)).length, {
    exactly: 0,
  })
  report.figure('good sources files refused', sumOf('sources file, good: refused'), { exactly: 0 })
  report.figure('sources files taken', sumOf('sources file', ': taken'), { atLeast: share('sources') * ACCEPTED })
  report.figure('sources files refused', sumOf('sources file', ': refused'), { atLeast: share('sources') * ACCEPTED })
  report.figure('errors that are no refusal', parsed.crashes.length, { exactly: 0 })
  report.figure('answers of 5xx that are not 503', sumOf('request: 5') - sumOf('request: 503'), { exactly: 0 })
  report.figure('proven as other providers sign', sumOf('the same body, of another provider: proven'), {
    atLeast: share('pipeline') * ACCEPTED,
  })
  report.figure('forged rule webhooks proven', sumOf('the same body, forged as a rule webhook: proven'), { exactly: 0 })
  for (const [work, ms] of Object.entries(parsed.slowest))
    report.figure(`slowest ${work}, ms of processor`, ms, { atMost: SLOW_MS })
  report.figure('problems of a sources file that show a secret', parsed.leaks, { exactly: 0 })
  report.figure('gateway still runs', gateway.ended === null, { exactly: true })
  report.figure('faults of ours in its log', gateway.log.filter((line) => line.includes('by a fault of ours')).length, {
    exactly: 0,
  })
  report.figure('seconds of parsing, and of requests beside it', JSON.stringify(seconds))
} finally {
  await under.stop()
}
await report.finish()

function parseOrder() {
  const [pipeline, json, sources] = [share('pipeline'), share('json'), share('sources')]
  return { seed: (SEED + 1) % 2 ** 31, path, secret, pipeline, json, sources }
}

function share(part: keyof typeof SHARES): number {
  return Math.ceil(INPUTS * SHARES[part])
}

function count(what: string, times = 1): void {
  outcomes.set(what, (outcomes.get(what) ?? 0) + times)
}

/** How many outcomes begin and end so. */
function sumOf(begin: string, end = ''): number {
  return [...outcomes].reduce(
    (sum, [what, times]) => (what.startsWith(begin) && what.endsWith(end) ? sum + times : sum),
    0,
  )
}

async function timing<T>(name: string, work: Promise<T>): Promise<T> {
  const since = performance.now()
  const result = await work
  seconds[name] = Math.round((performance.now() - since) / 1_000)
  return result
}

/** Over real sockets to the real process. */
async function requests(times: number): Promise<void> {
  const inputs = fuzzInputs({ random: createRandom(SEED), path, secret })
  let left = times
  const client = async () => {
    const pool = createRequestPool({ port, maxConnections: 1 })
    while (left-- > 0 && gateway.ended === null) {
      report.progress(`requests: ${times - left} of ${times}`)
      const { raw, headers, body } = inputs.next().value as FuzzInput
      count(`request: ${raw === undefined ? await ask(pool, postBytes(path, body, headers)) : await spoil(raw)}`)
    }
    pool.close()
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, client))
}

async function ask(pool: ReturnType<typeof createRequestPool>, request: Buffer): Promise<string> {
  const sent = await pool.send(request)
  if (sent.answer?.status === 200) noteAccepted(sent.answer)
  return String(sent.answer?.status ?? sent.failure)
}

/** A handshake is answered 200 and not stored; an empty array holds nothing to store. */
function noteAccepted({ body }: RawAnswer): void {
  const { status, events, webhook_id: id } = JSON.parse(body) as Record<string, unknown>
  if (status === 'accepted' && Number(events) > 0) accepted.push(String(id))
}

/** A head that is none may leave the gateway waiting for the rest: then it is hung up on. */
async function spoil(raw: Buffer): Promise<string> {
  const { answers, isClosed } = await exchangeRaw({ port }, [raw], { quietMs: 0, deadlineMs: 300 })
  return String(answers.at(-1)?.status ?? (isClosed ? 'closed without an answer' : 'hung up on'))
}

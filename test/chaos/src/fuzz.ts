// Gives a gateway 500,000 generated inputs (bodies, headers, heads of requests, sources files): no crash, no 5xx but 503, no parse above 50 ms.
import { describePayload, nameEvent, readBatch } from '@millrace/domain'
import { startReport } from '@millrace/local'
import { parseSources } from '@millrace/service-kit'
import { frontApp, frontPlain, frontRule, verifyRequest } from '@millrace/signing'
import {
  createRandom,
  createRequestPool,
  exchangeRaw,
  type FuzzInput,
  fuzzInputs,
  postBytes,
  SECRET_MARK,
  sourcesTexts,
} from '@millrace/test-support'
import fc from 'fast-check'
import { startGatewayUnderTest } from './gateway/gateway-under-test.ts'
import { textTable } from './gateway/text-table.ts'

const INPUTS = Number(process.env.CHAOS_INPUTS ?? 500_000)
const SEED = Number(process.env.CHAOS_SEED ?? Date.now() % 2 ** 31)
const SHARES = { pipeline: 0.55, json: 0.05, requests: 0.3, sources: 0.1 }
const CONNECTIONS = 64
const SLOW_MS = 50

const report = startReport('chaos fuzz')
report.note(`seed ${SEED} (CHAOS_SEED repeats the run)`)
const outcomes = new Map<string, number>()
const count = (what: string) => outcomes.set(what, (outcomes.get(what) ?? 0) + 1)
let slowest = 0
let crashes = 0
let leaks = 0
const under = await startGatewayUnderTest(report, {
  env: { GATEWAY_HEADERS_TIMEOUT_MS: '1000', GATEWAY_REQUEST_TIMEOUT_MS: '2000' },
})
try {
  const inputs = fuzzInputs({ random: createRandom(SEED), path: under.path, secret: under.secret })
  pipeline(inputs, share('pipeline'))
  anyJson(share('json'))
  await sources(share('sources'))
  await requests(inputs, share('requests'))
  console.log(
    textTable(
      ['outcome', 'count'],
      [...outcomes].sort().map(([what, times]) => [what, String(times)]),
    ),
  )
  const bad = [...outcomes]
    .filter(([what]) => /^request: 5(?!03)/.test(what))
    .reduce((sum, [, times]) => sum + times, 0)
  report.figure(
    'inputs',
    [...outcomes.values()].reduce((sum, times) => sum + times, 0),
    { atLeast: INPUTS },
  )
  report.figure('seed', SEED)
  report.figure('errors that are no refusal', crashes, { exactly: 0 })
  report.figure('answers of 5xx that are not 503', bad, { exactly: 0 })
  report.figure('slowest parse, ms', slowest, { atMost: SLOW_MS })
  report.figure('problems of a sources file that show a secret', leaks, { exactly: 0 })
  report.figure('gateway still runs', under.gateway.ended === null, { exactly: true })
  report.figure(
    'faults of ours in its log',
    under.gateway.log.filter((line) => line.includes('by a fault of ours')).length,
    { exactly: 0 },
  )
} finally {
  await under.stop()
}
await report.finish()

function share(part: keyof typeof SHARES): number {
  return Math.ceil(INPUTS * SHARES[part])
}

/** The parts that read strangers' bytes, without the sockets: every error must be one that is made for the caller. */
function pipeline(inputs: Iterator<FuzzInput>, times: number): void {
  for (let done = 0; done < times; done++) {
    const input = inputs.next().value as FuzzInput
    count(`pipeline: ${guarded(() => verify(input))}, ${guarded(() => read(input.body))}`)
    report.progress(`pipeline: ${done} of ${times}`)
  }
}

function anyJson(times: number): void {
  const texts = fc.sample(fc.json({ maxDepth: 8 }), { numRuns: times, seed: SEED })
  for (const text of texts) count(`JSON of fast-check: ${guarded(() => read(Buffer.from(text)))}`)
}

function verify({ headers, body }: FuzzInput): string {
  const verdict = verifyRequest({
    schemes: [frontApp, frontRule, frontPlain],
    headers,
    body,
    secretsFor: () => [{ id: 'webhook', secret: under.secret }],
    now: Date.now(),
  })
  return verdict.ok ? 'proven' : verdict.rule
}

function read(body: Buffer): string {
  const ms = timed(() => readBatch(body))
  // Another process may have had the processor meanwhile: what is slow must be slow again.
  if (ms > SLOW_MS) slowest = Math.max(slowest, Math.min(...[1, 2, 3].map(() => timed(() => readBatch(body)))))
  else slowest = Math.max(slowest, ms)
  const { items } = readBatch(body)
  for (const { bytes, json, index } of items) {
    for (const provider of ['front', 'make', 'other']) {
      const description = describePayload(provider, json)
      nameEvent({ provider, description, headers: {}, bytes, batchIndex: index })
    }
  }
  return 'read'
}

/** Milliseconds, whether it is read or refused. */
function timed(action: () => unknown): number {
  const since = performance.now()
  try {
    action()
  } catch {
    // What it throws is looked at elsewhere.
  }
  return performance.now() - since
}

/** What an action answers, or the code of its refusal; anything else that it throws is a crash. */
function guarded(action: () => string): string {
  try {
    return action()
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
    if (code.startsWith('MR_')) return code
    crashes++
    report.note(`${error instanceof Error ? error.stack : String(error)}`)
    return 'CRASH'
  }
}

async function sources(times: number): Promise<void> {
  let done = 0
  for (const text of fc.sample(sourcesTexts(fc), { numRuns: times, seed: SEED })) {
    report.progress(`sources files: ${done++} of ${times}`)
    try {
      const parsed = await parseSources(text, () => ({ rule: 'is not set' }))
      const problems = Array.isArray(parsed) ? parsed : []
      if (JSON.stringify(problems).includes(SECRET_MARK)) leaks++
      count(`sources file: ${problems.length > 0 ? 'refused' : 'taken'}`)
    } catch (error) {
      crashes++
      count('sources file: CRASH')
      report.note(`${error instanceof Error ? error.stack : String(error)}`)
    }
  }
}

/** Over real sockets to the real process. */
async function requests(inputs: Iterator<FuzzInput>, times: number): Promise<void> {
  let left = times
  const client = async () => {
    const pool = createRequestPool({ port: under.port, maxConnections: 1 })
    while (left-- > 0 && under.gateway.ended === null) {
      report.progress(`requests: ${times - left} of ${times}`)
      const { raw, headers, body } = inputs.next().value as FuzzInput
      count(`request: ${raw === undefined ? await ask(pool, postBytes(under.path, body, headers)) : await spoil(raw)}`)
    }
    pool.close()
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, client))
}

async function ask(pool: ReturnType<typeof createRequestPool>, request: Buffer): Promise<string> {
  const sent = await pool.send(request)
  return String(sent?.answer?.status ?? sent?.failure)
}

/** A head that is none may leave the gateway waiting for the rest: then it is hung up on. */
async function spoil(raw: Buffer): Promise<string> {
  const { answers, isClosed } = await exchangeRaw({ port: under.port }, [raw], { quietMs: 0, deadlineMs: 300 })
  return String(answers.at(-1)?.status ?? (isClosed ? 'closed without an answer' : 'hung up on'))
}

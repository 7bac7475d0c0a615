// What reads strangers' bytes, without the sockets: bodies, headers, JSON of all shapes, sources files.
import { parentPort, workerData } from 'node:worker_threads'
import { describePayload, nameEvent, readBatch } from '@millrace/domain'
import { parseSources } from '@millrace/service-kit'
import { frontApp, frontPlain, frontRule, verifyRequest } from '@millrace/signing'
import {
  createRandom,
  type FuzzInput,
  fuzzInputs,
  goodSources,
  nearlyGoodSources,
  SECRET_MARK,
  sourcesTexts,
} from '@millrace/test-support'
import fc from 'fast-check'

export interface ParseFuzzOrder {
  readonly seed: number
  readonly path: string
  readonly secret: string
  /** Requests without sockets, texts of JSON, sources files. */
  readonly pipeline: number
  readonly json: number
  readonly sources: number
}

export interface ParseFuzzFigures {
  readonly outcomes: ReadonlyMap<string, number>
  /** Stacks of what was thrown and is no refusal. */
  readonly crashes: readonly string[]
  /** Milliseconds of this thread's processor for one body. */
  readonly slowest: number
  /** Problems of a sources file that show a secret. */
  readonly leaks: number
}

const SLOW_MS = 50
/** Texts that are made at a time. */
const AT_ONCE = 2_000

const order = workerData as ParseFuzzOrder
const outcomes = new Map<string, number>()
const crashes: string[] = []
let slowest = 0
let leaks = 0

function count(what: string): void {
  outcomes.set(what, (outcomes.get(what) ?? 0) + 1)
}

function tell(part: string, done: number, times: number): void {
  if (done % AT_ONCE === 0) parentPort?.postMessage(`${part}: ${done} of ${times}`)
}

function pipeline(): void {
  const { seed, path, secret } = order
  const inputs = fuzzInputs({ random: createRandom(seed), path, secret })
  for (let done = 0; done < order.pipeline; done++) {
    const input = inputs.next().value as FuzzInput
    count(`pipeline: ${guarded(() => verify(input))}, ${guarded(() => read(input.body))}`)
    tell('without sockets', done, order.pipeline)
  }
}

function verify({ headers, body }: FuzzInput): string {
  const verdict = verifyRequest({
    schemes: [frontApp, frontRule, frontPlain],
    headers,
    body,
    secretsFor: () => [{ id: 'webhook', secret: order.secret }],
    now: Date.now(),
  })
  return verdict.ok ? 'proven' : verdict.rule
}

function read(body: Buffer): string {
  const ms = timed(body)
  // A collection of garbage may have come in between: what is slow must be slow again.
  slowest = Math.max(slowest, ms > SLOW_MS ? Math.min(...[1, 2, 3].map(() => timed(body))) : ms)
  const { items } = readBatch(body)
  for (const { bytes, json, index } of items) {
    for (const provider of ['front', 'make', 'other']) {
      const description = describePayload(provider, json)
      nameEvent({ provider, description, headers: {}, bytes, batchIndex: index })
    }
  }
  return 'read'
}

/** Milliseconds of this thread's processor, whether it is read or refused: other processes may have the machine meanwhile. */
function timed(body: Buffer): number {
  const before = process.threadCpuUsage()
  try {
    readBatch(body)
  } catch {
    // What it throws is looked at elsewhere.
  }
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}

/** What an action answers, or the code of its refusal; anything else that it throws is a crash. */
function guarded(action: () => string): string {
  try {
    return action()
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
    return code.startsWith('MR_') ? code : crash(error)
  }
}

function crash(error: unknown): string {
  crashes.push(error instanceof Error ? String(error.stack) : String(error))
  return 'CRASH'
}

function* samples(texts: fc.Arbitrary<string>, times: number): Generator<string> {
  for (let done = 0; done < times; done += AT_ONCE) {
    const numRuns = Math.min(AT_ONCE, times - done)
    yield* fc.sample(texts, { numRuns, seed: (order.seed + done) % 2 ** 31 })
  }
}

function anyJson(): void {
  for (const text of samples(fc.json({ maxDepth: 8 }), order.json)) {
    count(`JSON of fast-check: ${guarded(() => read(Buffer.from(text)))}`)
  }
}

async function sources(kind: string, texts: fc.Arbitrary<string>, times: number): Promise<void> {
  let done = 0
  for (const text of samples(texts, times)) {
    count(`sources file, ${kind}: ${await parse(text)}`)
    tell(`sources files, ${kind}`, ++done, times)
  }
}

async function parse(text: string): Promise<string> {
  try {
    const parsed = await parseSources(text, () => ({ rule: 'is not set' }))
    if (!Array.isArray(parsed)) return 'taken'
    if (JSON.stringify(parsed).includes(SECRET_MARK)) leaks++
    return 'refused'
  } catch (error) {
    return crash(error)
  }
}

pipeline()
anyJson()
await sources('good', goodSources(fc), Math.ceil(order.sources * 0.2))
await sources('one value changed', nearlyGoodSources(fc), Math.ceil(order.sources * 0.4))
await sources('damaged', sourcesTexts(fc), Math.ceil(order.sources * 0.4))
parentPort?.postMessage({ outcomes, crashes, slowest, leaks } satisfies ParseFuzzFigures)

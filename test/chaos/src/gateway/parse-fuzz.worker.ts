// What reads strangers' bytes, without the sockets: bodies, headers, JSON of all shapes, sources files; and what it costs.
import { parentPort, workerData } from 'node:worker_threads'
import { type BatchItem, describePayload, nameEvent, readBatch } from '@millrace/domain'
import { parseSources } from '@millrace/service-kit'
import {
  frontApp,
  frontPlain,
  frontRule,
  type Headers,
  newEd25519KeyPair,
  providers,
  type Scheme,
  type Secret,
  sign,
  verifyRequest,
} from '@millrace/signing'
import {
  createRandom,
  type FuzzInput,
  fuzzInputs,
  goodSources,
  nearlyGoodSources,
  type Random,
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

/** `parse`: a body. `proof`: a request of one provider, also in the compact form of its body. `naming`: all events of a body, for one provider. */
export type Work = 'parse' | 'proof' | 'naming' | 'sources file'

export interface ParseFuzzFigures {
  readonly outcomes: ReadonlyMap<string, number>
  /** Stacks of what was thrown and is no refusal. */
  readonly crashes: readonly string[]
  /** Milliseconds of this thread's processor for one input, by what was done with it. */
  readonly slowest: Readonly<Record<Work, number>>
  /** Problems of a sources file that show a secret. */
  readonly leaks: number
}

const SLOW_MS = 50
/** Texts that are made at a time. */
const AT_ONCE = 2_000

const order = workerData as ParseFuzzOrder
const outcomes = new Map<string, number>()
const crashes: string[] = []
const slowest: Record<Work, number> = { parse: 0, proof: 0, naming: 0, 'sources file': 0 }
let leaks = 0

const frontSchemes = [frontApp, frontRule, frontPlain]
const otherSchemes = Object.entries(providers).flatMap(([name, { schemes }]) => (name === 'front' ? [] : schemes))
/** Of the right form, so that every form of the body is tried. */
const forgedRule: Headers = { 'x-front-signature': Buffer.alloc(20).toString('base64') }
const secret: Secret = { id: 'webhook', secret: order.secret }
const pair: Secret = { id: 'pair', secret: newEd25519KeyPair().secretKey }

function count(what: string): void {
  outcomes.set(what, (outcomes.get(what) ?? 0) + 1)
}

function tell(part: string, done: number, times: number): void {
  if (done % AT_ONCE === 0) parentPort?.postMessage(`${part}: ${done} of ${times}`)
}

function pipeline(): void {
  const { seed, path } = order
  const inputs = fuzzInputs({ random: createRandom(seed), path, secret: order.secret })
  const random = createRandom(seed + 1)
  for (let done = 0; done < order.pipeline; done++) {
    const input = inputs.next().value as FuzzInput
    const { headers, body } = input
    count(`pipeline: ${guarded(() => verify(frontSchemes, headers, body))}, ${guarded(() => read(body))}`)
    count(`the same body, forged as a rule webhook: ${guarded(() => verify(frontSchemes, forgedRule, body))}`)
    count(`the same body, of another provider: ${guarded(() => verifyOther(random, input))}`)
    tell('without sockets', done, order.pipeline)
  }
}

function verify(schemes: readonly Scheme[], headers: Headers, body: Buffer, own = secret): string {
  const request = { schemes, headers, body, secretsFor: () => [own], now: Date.now() }
  const verdict = timed('proof', () => verifyRequest(request))
  return verdict.ok ? 'proven' : verdict.rule
}

/** Signed as that provider does; every second time one of its headers then holds what the input has in one of its own. */
function verifyOther(random: Random, { headers, body }: FuzzInput): string {
  const scheme = oneOf(random, otherSchemes)
  const own = scheme.kind === 'ed25519' ? pair : secret
  const signed = sign(scheme, { body, timestamp: Date.now(), id: 'msg_1' }, own.secret)
  const values = Object.values(headers)
  if (values.length > 0 && random() < 0.5) signed[oneOf(random, Object.keys(signed))] = oneOf(random, values)
  return verify([scheme], signed, body, own)
}

function oneOf<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T
}

function read(body: Buffer): string {
  const { items } = timed('parse', () => readBatch(body))
  for (const provider of ['front', 'make', 'other']) timed('naming', () => nameAll(provider, items))
  return 'read'
}

function nameAll(provider: string, items: readonly BatchItem[]): void {
  for (const { bytes, json, index } of items) {
    const description = describePayload(provider, json)
    nameEvent({ provider, description, headers: {}, bytes, batchIndex: index })
  }
}

/** What the action gives or throws, with its cost taken note of. */
function timed<T>(work: Work, action: () => T): T {
  const before = process.threadCpuUsage()
  try {
    return action()
  } finally {
    const ms = msSince(before)
    // A collection of garbage may have come in between: what is slow must be slow again.
    slowest[work] = Math.max(slowest[work], ms > SLOW_MS ? Math.min(...[1, 2, 3].map(() => costOf(action))) : ms)
  }
}

function costOf(action: () => unknown): number {
  const before = process.threadCpuUsage()
  try {
    action()
  } catch {
    // It was thrown the first time too.
  }
  return msSince(before)
}

/** Of this thread's processor: other processes may have the machine meanwhile. */
function msSince(before: NodeJS.CpuUsage): number {
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
    const { parsed, ms } = await parseOnce(text)
    let least = ms
    for (let again = 0; least > SLOW_MS && again < 3; again++) least = Math.min(least, (await parseOnce(text)).ms)
    slowest['sources file'] = Math.max(slowest['sources file'], least)
    if (!Array.isArray(parsed)) return 'taken'
    if (JSON.stringify(parsed).includes(SECRET_MARK)) leaks++
    return 'refused'
  } catch (error) {
    return crash(error)
  }
}

async function parseOnce(text: string) {
  const before = process.threadCpuUsage()
  const parsed = await parseSources(text, () => ({ rule: 'is not set' }))
  return { parsed, ms: msSince(before) }
}

pipeline()
anyJson()
await sources('good', goodSources(fc), Math.ceil(order.sources * 0.2))
await sources('one value changed', nearlyGoodSources(fc), Math.ceil(order.sources * 0.4))
await sources('damaged', sourcesTexts(fc), Math.ceil(order.sources * 0.4))
parentPort?.postMessage({ outcomes, crashes, slowest, leaks } satisfies ParseFuzzFigures)

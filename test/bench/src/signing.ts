import { pathToFileURL } from 'node:url'
import {
  frontApp,
  frontRule,
  newEd25519KeyPair,
  type Scheme,
  sign,
  standardWebhooksV1a,
  verify,
} from '@millrace/signing'

/** Milliseconds that the 99th percentile of a check of a 1 MB body may take. */
const targetP99Ms = 10
const megabyte = 1_000_000

interface Case {
  name: string
  scheme: Scheme
  body: Buffer
  secrets: readonly string[]
  /** Signs with a secret that the receiver has not: the path of a forged request. */
  isForged?: boolean
}

export interface SigningFigures {
  pass: boolean
  target_p99_ms: number
  cases: Record<string, { p50_ms: number; p99_ms: number; runs: number }>
}

/** Measures how long one `verify` takes; every case must stay within the target. Lines for people go to `report`. */
export function run(report: (line: string) => void, runs = 500): SigningFigures {
  const figures: SigningFigures = { pass: true, target_p99_ms: targetP99Ms, cases: {} }
  for (const benchCase of cases()) {
    const times = measure(benchCase, runs)
    const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)]
    figures.cases[benchCase.name] = { p50_ms: p50, p99_ms: p99, runs }
    figures.pass &&= p99 <= targetP99Ms
    report(`${benchCase.name.padEnd(44)} p50 ${p50.toFixed(3)} ms   p99 ${p99.toFixed(3)} ms`)
  }
  return figures
}

function cases(): Case[] {
  const pair = newEd25519KeyPair()
  return [
    { name: 'front app, 2 KB', scheme: frontApp, body: jsonOf(2_000), secrets: ['right'] },
    { name: 'front app, 1 MB', scheme: frontApp, body: jsonOf(megabyte), secrets: ['right'] },
    { name: 'front app, 1 MB, two secrets', scheme: frontApp, body: jsonOf(megabyte), secrets: ['old', 'right'] },
    { name: 'front rule, 1 MB', scheme: frontRule, body: jsonOf(megabyte), secrets: ['right'] },
    { name: 'front rule, 1 MB, forged', scheme: frontRule, body: jsonOf(megabyte), secrets: ['other'], isForged: true },
    {
      name: 'standard webhooks v1a, 1 MB',
      scheme: standardWebhooksV1a,
      body: jsonOf(megabyte),
      secrets: [pair.secretKey],
    },
  ]
}

/** JSON of at least `size` bytes, with spaces, so that its compact form differs from it. */
function jsonOf(size: number): Buffer {
  const message = {
    id: 'evt_1a2b3c',
    text: 'The parcel has not arrived yet. '.repeat(8),
    tags: [1, 2, 3],
    is_inbound: true,
  }
  const messages = Array.from({ length: Math.ceil(size / 360) }, () => message)
  return Buffer.from(JSON.stringify({ type: 'inbound', messages }, null, 1))
}

function measure({ scheme, body, secrets, isForged = false }: Case, runs: number): number[] {
  const now = Date.now()
  const headers = sign(scheme, { body, timestamp: now, id: 'msg_1' }, isForged ? 'forged' : (secrets.at(-1) ?? ''))
  const named = secrets.map((secret) => ({ id: 's', secret }))
  const once = () => verify(scheme, { headers, body }, named, now).ok
  for (let warmUp = 0; warmUp < 20; warmUp++) once()
  return Array.from({ length: runs }, () => {
    const start = performance.now()
    const accepted = once()
    const took = performance.now() - start
    if (accepted === isForged) throw new Error(`${scheme.name}: unexpected verdict`)
    return took
  })
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const figures = run(console.log)
  console.log(JSON.stringify({ bench: 'signing', ...figures }))
  process.exitCode = figures.pass ? 0 : 1
}

import {
  type Explanation,
  type FoundMistake,
  isInForce,
  mistakes,
  type Rule,
  rules,
  type Scheme,
  type Secret,
  secretsForScheme,
} from '@millrace/signing'

/** One thing that the gateway checks, in its order. `null`: not reached. */
export interface Step {
  readonly name: 'scheme' | 'secret' | 'signature' | 'time' | 'match'
  readonly ok: boolean | null
  readonly text: string
}

export interface Cause {
  readonly mistake: string
  readonly meaning: string
  readonly remedy: string
}

const order = ['secret', 'signature', 'time', 'match'] as const

const stepOfRule: Readonly<Record<Rule, (typeof order)[number]>> = {
  'secret-missing': 'secret',
  'signature-missing': 'signature',
  'signature-malformed': 'signature',
  'timestamp-missing': 'time',
  'timestamp-malformed': 'time',
  'timestamp-stale': 'time',
  'timestamp-future': 'time',
  'signature-mismatch': 'match',
}

/** What was checked and how it went, without a secret or a signature in it. */
export function stepsOf(
  { verdict }: Explanation,
  schemes: readonly Scheme[],
  secrets: readonly Secret[],
  now: number,
): Step[] {
  const scheme = schemes.find(({ name }) => name === verdict.scheme)
  if (scheme === undefined) return []
  const failed = verdict.ok ? order.length : order.indexOf(stepOfRule[verdict.rule])
  const steps = order.map((name, place): Step => {
    if (place === failed && !verdict.ok) return { name, ok: false, text: `${verdict.rule}: ${rules[verdict.rule]}` }
    const text = passed(name, scheme, secrets, now, verdict.ok ? verdict.secretId : undefined)
    return place < failed ? { name, ok: true, text } : { name, ok: null, text: 'not reached' }
  })
  return [{ name: 'scheme', ok: true, text: describeScheme(scheme) }, ...steps]
}

function passed(
  name: Step['name'],
  scheme: Scheme,
  secrets: readonly Secret[],
  now: number,
  secretId: string | undefined,
): string {
  if (name === 'secret') return describeSecrets(secretsForScheme(secrets, scheme), now)
  if (name === 'signature') return `${scheme.header} is there and has the right form`
  if (name === 'match') return `belongs to this body${secretId === undefined ? '' : `, by the secret ${secretId}`}`
  if (scheme.kind === 'api-key' || scheme.timestamp === undefined) return 'this scheme has none'
  return `within ${scheme.timestamp.toleranceMs / 1_000} s of the given time`
}

function describeScheme(scheme: Scheme): string {
  const prefix = scheme.prefixes.find((text) => text !== '')
  const start = `${scheme.name}: ${scheme.header}${prefix === undefined ? '' : `, after "${prefix}"`}`
  if (scheme.kind === 'api-key') return `${start}, the key itself`
  const algorithm = scheme.kind === 'ed25519' ? 'ed25519' : `HMAC-${scheme.algorithm.toUpperCase()}`
  const forms = scheme.variants.includes('compact') ? ' (the body as it came, else compact)' : ''
  return `${start}, ${algorithm} of ${scheme.template}${forms}, in ${scheme.encodings.join(' or ')}`
}

function describeSecrets(secrets: readonly Secret[], now: number): string {
  const [inForce, others] = [true, false].map((wanted) => secrets.filter((each) => isInForce(each, now) === wanted))
  const names = (list: readonly Secret[] | undefined) => list?.map(({ id }) => id).join(', ') ?? ''
  const out = others === undefined || others.length === 0 ? '' : `; out of their time: ${names(others)}`
  return `in force: ${names(inForce)}${out}`
}

/** The mistakes that explain a refusal, in words, with whose secret or which header it was. */
export function causesOf({ mistakes: found }: Explanation): Cause[] {
  return found.map((mistake) => {
    const { meaning, remedy } = mistakes[mistake.name]
    return { mistake: mistake.name, meaning: `${meaning}${detailOf(mistake)}`, remedy }
  })
}

function detailOf({ secretId, source, header }: FoundMistake): string {
  if (source !== undefined) return ` (secret ${secretId} of source ${source})`
  if (header !== undefined) return ` (header ${header})`
  return secretId === undefined ? '' : ` (secret ${secretId})`
}

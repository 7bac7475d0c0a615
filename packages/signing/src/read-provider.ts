import { SigningError } from './errors.ts'
import type { Handshake, HandshakeContentType, HandshakeMethod, Provider } from './provider.ts'
import type { Encoding, HmacAlgorithm, Scheme, SecretForm, TimestampRule, TimestampUnit, Variant } from './scheme.ts'
import { checkScheme } from './template.ts'

/** One entry under `providers:` of the sources file: valid by `providerSchema`, its defaults filled in or left out. */
export interface ProviderEntry {
  readonly schemes: readonly SchemeEntry[]
  readonly handshakes?: readonly HandshakeEntry[]
  readonly event?: { readonly type?: string; readonly id?: string }
}

interface SchemeEntry {
  readonly name: string
  readonly kind?: Scheme['kind']
  readonly header: string
  readonly unless_header?: string
  readonly prefixes?: readonly string[]
  readonly algorithm?: HmacAlgorithm
  readonly encodings?: readonly Encoding[]
  readonly separator?: string
  readonly template?: string
  readonly id_header?: string
  readonly timestamp?: {
    readonly header?: string
    readonly prefix?: string
    readonly unit: TimestampUnit
    readonly tolerance_ms?: number
  }
  readonly body_forms?: readonly Variant[]
  readonly secret_form?: SecretForm
}

interface HandshakeEntry {
  readonly name?: string
  readonly method?: HandshakeMethod
  readonly when: Handshake['when']
  readonly verified?: boolean
  readonly token?: string
  readonly challenge: string
  readonly hmac?: { readonly algorithm?: HmacAlgorithm; readonly encoding?: Encoding; readonly prefix?: string }
  readonly answer: {
    readonly status?: number
    readonly content_type?: HandshakeContentType
    readonly body?: string
    readonly headers?: Readonly<Record<string, string>>
  }
}

/** What the schema cannot say: `path` leads from the entry to the field, `rule` says what is wrong with it. */
export interface ProviderProblem {
  readonly path: readonly (string | number)[]
  readonly rule: string
}

/** The provider of an entry, and what contradicts itself in it; with problems the provider must not be used. Never throws. */
export function readProvider(entry: ProviderEntry): { provider: Provider; problems: readonly ProviderProblem[] } {
  const schemes = entry.schemes.map(toScheme)
  const handshakes = (entry.handshakes ?? []).map(toHandshake)
  const problems = [
    ...schemes.flatMap((scheme, index) => schemeProblems(scheme, ['schemes', index])),
    ...twins(schemes),
    ...handshakes.flatMap((handshake, index) => handshakeProblems(handshake, ['handshakes', index])),
  ]
  return { provider: { schemes, handshakes, event: { ...entry.event } }, problems }
}

function toScheme(entry: SchemeEntry): Scheme {
  const base = {
    name: entry.name,
    header: entry.header,
    prefixes: entry.prefixes ?? [''],
    ...(entry.unless_header === undefined ? {} : { unlessHeader: entry.unless_header }),
  }
  if (entry.kind === 'api-key') return { ...base, kind: 'api-key' }
  const signature = {
    ...base,
    encodings: entry.encodings ?? (['hex'] as const),
    template: entry.template ?? '{body}',
    variants: entry.body_forms ?? (['raw'] as const),
    ...(entry.separator === undefined ? {} : { separator: entry.separator }),
    ...(entry.id_header === undefined ? {} : { idHeader: entry.id_header }),
    ...(entry.timestamp === undefined ? {} : { timestamp: toTimestamp(entry.timestamp, entry.header) }),
  }
  if (entry.kind === 'ed25519') return { ...signature, kind: 'ed25519', algorithm: 'ed25519' }
  const { algorithm = 'sha256', secret_form: secretForm = 'utf8' } = entry
  return { ...signature, kind: 'hmac', algorithm, secretForm }
}

function toTimestamp(entry: NonNullable<SchemeEntry['timestamp']>, signatureHeader: string): TimestampRule {
  return {
    header: entry.header ?? signatureHeader,
    unit: entry.unit,
    toleranceMs: entry.tolerance_ms ?? 300_000,
    ...(entry.prefix === undefined ? {} : { prefix: entry.prefix }),
  }
}

function toHandshake(entry: HandshakeEntry): Handshake {
  const { algorithm = 'sha256', encoding = 'hex', prefix = '' } = entry.hmac ?? {}
  return {
    name: entry.name ?? 'handshake',
    method: entry.method ?? 'POST',
    when: entry.when.map(({ absent, ...condition }) => (absent === true ? { ...condition, absent } : condition)),
    isVerified: entry.verified ?? true,
    challenge: entry.challenge,
    answer: {
      status: entry.answer.status ?? 200,
      contentType: entry.answer.content_type ?? 'application/json',
      body: entry.answer.body ?? '{"challenge":"{challenge}"}',
      headers: { ...entry.answer.headers },
    },
    ...(entry.token === undefined ? {} : { token: entry.token }),
    ...(entry.hmac === undefined ? {} : { hmac: { algorithm, encoding, prefix } }),
  }
}

function schemeProblems(scheme: Scheme, path: ProviderProblem['path']): ProviderProblem[] {
  if (scheme.kind === 'api-key') return []
  try {
    checkScheme(scheme)
    return []
  } catch (error) {
    if (!(error instanceof SigningError)) throw error
    return [{ path, rule: error.message }]
  }
}

function twins(schemes: readonly Scheme[]): ProviderProblem[] {
  return schemes.flatMap(({ name }, index) => {
    const isTwin = schemes.findIndex((other) => other.name === name) !== index
    return isTwin ? [{ path: ['schemes', index, 'name'], rule: `${name} is taken by another scheme` }] : []
  })
}

function handshakeProblems(handshake: Handshake, path: ProviderProblem['path']): ProviderProblem[] {
  const problems: ProviderProblem[] = []
  const report = (field: string, rule: string) => problems.push({ path: [...path, field], rule })
  const { method, isVerified, when, token, challenge, answer } = handshake
  const texts = [answer.body, ...Object.values(answer.headers)]
  if (texts.some((text) => text.includes('{challenge_hmac}')) !== (handshake.hmac !== undefined))
    report('hmac', 'hmac and {challenge_hmac} in the answer go together')
  const fields = [challenge, token, ...when.map((condition) => condition.field)].filter((field) => field !== undefined)
  if (method === 'GET' && fields.some((field) => !/^(header|query):/.test(field)))
    report('method', 'a GET has no body to read fields from')
  if (method === 'GET' && isVerified && token === undefined)
    report('verified', 'a GET carries no signature: say verified: false, or name a token')
  return problems
}

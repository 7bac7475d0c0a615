import { randomUUID } from 'node:crypto'
import type { Source } from '@millrace/service-kit'
import { isInForce, type Scheme, SigningError, secretsForScheme, sign } from '@millrace/signing'
import { freshMakeSample, freshSamples, type Sample } from '@millrace/test-support'

/** A body for one source, and the scheme that proves it. */
export interface SourceSample {
  readonly name: string
  readonly source: Source
  readonly scheme: Scheme
  readonly body: Buffer
  /** Headers besides the proof. */
  readonly headers: Readonly<Record<string, string>>
  /** The Front sample that it is; null for the bodies that are made of the provider's data. */
  readonly front: Sample | null
}

export interface SourceSamples {
  readonly samples: readonly SourceSample[]
  /** Schemes of the source that nothing here can be signed for at `now`. */
  readonly unsigned: readonly string[]
}

/** The word for the kind of event in bodies that are made here. */
const TEST_WORD = 'test'

/** What can be sent to a source as of `now` (epoch ms): Front's and Make's samples, for the others a minimal body with the fields that the provider reads. */
export function samplesFor(source: Source, now: number = Date.now()): SourceSamples {
  const signable = source.schemes.filter((scheme) => currentSecret(source, scheme, now) !== undefined)
  const unsigned = source.schemes.filter((scheme) => !signable.includes(scheme)).map(({ name }) => name)
  const [scheme] = signable
  if (source.provider === 'front') return { samples: frontSamples(source, signable, now), unsigned }
  return { samples: scheme === undefined ? [] : [plainSample(source, scheme)], unsigned }
}

function frontSamples(source: Source, signable: readonly Scheme[], now: number): SourceSample[] {
  return freshSamples(now).flatMap((sample) => {
    const scheme = signable.find(({ name }) => sample.provider === 'front' && name === sample.scheme)
    if (scheme === undefined) return []
    return { name: sample.name, source, scheme, body: sample.body, headers: {}, front: sample }
  })
}

function plainSample(source: Source, scheme: Scheme): SourceSample {
  if (source.provider === 'make' || source.contract === 'client-task') {
    const { name, body } = freshMakeSample()
    return { name, source, scheme, body, headers: fieldHeaders(source.eventIdField, randomUUID()), front: null }
  }
  const [type, id] = [source.eventTypeField, source.eventIdField]
  const words = randomUUID()
  const json = withField(withField({ sent_by: 'npm run test:webhooks', nonce: words }, type, TEST_WORD), id, words)
  return {
    name: `a minimal body of ${source.provider}`,
    source,
    scheme,
    body: Buffer.from(JSON.stringify(json)),
    headers: { ...fieldHeaders(type, TEST_WORD), ...fieldHeaders(id, words) },
    front: null,
  }
}

/** The headers that prove a sample to its source as of `now` (epoch ms). */
export function signedHeaders({ source, scheme, body, headers }: SourceSample, now: number): Record<string, string> {
  const secret = currentSecret(source, scheme, now)
  if (secret === undefined) throw new Error(`source ${source.name} has no secret for scheme ${scheme.name} any more`)
  const proof = sign(scheme, { body, timestamp: now, id: randomUUID() }, secret)
  return { 'content-type': 'application/json', ...headers, ...proof }
}

/** The first secret in force that can sign for a scheme: a public key cannot. */
export function currentSecret(source: Source, scheme: Scheme, now: number): string | undefined {
  const current = secretsForScheme(source.secrets, scheme).filter((secret) => isInForce(secret, now))
  return current.find(({ secret }) => canSign(scheme, secret))?.secret
}

function canSign(scheme: Scheme, secret: string): boolean {
  try {
    sign(scheme, { body: Buffer.from('{}'), timestamp: 0, id: 'try' }, secret)
    return true
  } catch (error) {
    if (error instanceof SigningError) return false
    throw error
  }
}

/** `field` as the sources file writes it: a path in the body (`data.id`), or `header:<name>`, which the body leaves out. */
function withField(json: Readonly<Record<string, unknown>>, field: string | undefined, value: string) {
  return field === undefined || field.startsWith('header:') ? json : withPath(json, field.split('.'), value)
}

function withPath(json: unknown, [name, ...rest]: readonly string[], value: string): Record<string, unknown> {
  const object = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {}
  if (name === undefined) return object
  return { ...object, [name]: rest.length === 0 ? value : withPath(object[name], rest, value) }
}

function fieldHeaders(field: string | undefined, value: string): Record<string, string> {
  return field?.startsWith('header:') ? { [field.slice('header:'.length)]: value } : {}
}

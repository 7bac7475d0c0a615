import { ServiceKitError } from './errors.ts'

/**
 * The few calls of a Confluent-compatible schema registry that Millrace makes
 * (https://docs.confluent.io/platform/current/schema-registry/develop/api.html). All throw ServiceKitError `MR_REGISTRY_UNAVAILABLE` (retryable) when
 * it does not answer within 5 s or answers 5xx, and `MR_REGISTRY_REFUSED` with its own words for any other answer that is not named below.
 */
export interface RegistryClient {
  /** Schema behind an id, as JSON text; undefined when there is none. */
  schemaOf(id: number, signal?: AbortSignal): Promise<string | undefined>
  /** Id of a schema that is registered for a subject; undefined when it is not. */
  idOf(subject: string, avsc: string, signal?: AbortSignal): Promise<number | undefined>
  /** Registers a schema, or finds it. @throws ServiceKitError `MR_REGISTRY_INCOMPATIBLE` with the registry's words */
  register(subject: string, avsc: string): Promise<number>
  /** What speaks against the schema as the subject's next version, in the registry's words; empty when nothing does. */
  objections(subject: string, avsc: string): Promise<string[]>
  /** Sets how the versions of a subject have to fit each other, such as `FULL_TRANSITIVE`. */
  setCompatibility(subject: string, level: string): Promise<void>
}

export interface RegistryClientOptions {
  /** Base of the API: the paths `/subjects` and `/schemas` follow. */
  readonly url: string
  readonly login?: { readonly username: string; readonly password: string } | undefined
}

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

const DEADLINE_MS = 5_000
/** A registry's answer is a schema or a sentence. */
const MAX_ANSWER_BYTES = 1_048_576
const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json'
const NOT_FOUND = 404
const CONFLICT = 409

export function createRegistryClient({ url, login }: RegistryClientOptions): RegistryClient {
  const headers = {
    accept: `${MEDIA_TYPE}, application/json`,
    'content-type': MEDIA_TYPE,
    ...(login && {
      authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`,
    }),
  }
  const ask = async (method: string, path: string, body?: object, signal?: AbortSignal): Promise<Answer> => {
    const deadline = AbortSignal.timeout(DEADLINE_MS)
    try {
      const response = await fetch(`${url.replace(/\/$/, '')}${path}`, {
        method,
        headers,
        redirect: 'error',
        signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
        ...(body && { body: JSON.stringify(body) }),
      })
      return { status: response.status, body: jsonOf(await textOf(response)) }
    } catch (cause) {
      signal?.throwIfAborted()
      throw new ServiceKitError('MR_REGISTRY_UNAVAILABLE', `the schema registry does not answer (${reasonOf(cause)})`, {
        cause,
      })
    }
  }
  const subjectPath = (subject: string) => `/subjects/${encodeURIComponent(subject)}`

  return {
    async schemaOf(id, signal) {
      const answer = await ask('GET', `/schemas/ids/${id}`, undefined, signal)
      if (answer.status === NOT_FOUND) return undefined
      return textField(accepted(answer, `schema ${id}`), 'schema')
    },
    async idOf(subject, avsc, signal) {
      const answer = await ask('POST', subjectPath(subject), { schema: avsc, schemaType: 'AVRO' }, signal)
      if (answer.status === NOT_FOUND) return undefined
      return idField(accepted(answer, subject))
    },
    async register(subject, avsc) {
      const answer = await ask('POST', `${subjectPath(subject)}/versions`, { schema: avsc, schemaType: 'AVRO' })
      if (answer.status === CONFLICT)
        throw new ServiceKitError('MR_REGISTRY_INCOMPATIBLE', `${subject}: ${wordsOf(answer)}`)
      return idField(accepted(answer, subject))
    },
    async objections(subject, avsc) {
      const path = `/compatibility${subjectPath(subject)}/versions?verbose=true`
      const answer = await ask('POST', path, { schema: avsc, schemaType: 'AVRO' })
      // Nothing is registered yet.
      if (answer.status === NOT_FOUND) return []
      const { is_compatible, messages } = accepted(answer, subject).body
      if (is_compatible === true) return []
      return Array.isArray(messages) && messages.length > 0 ? messages.map(String) : ['it is not compatible']
    },
    async setCompatibility(subject, level) {
      accepted(await ask('PUT', `/config/${encodeURIComponent(subject)}`, { compatibility: level }), subject)
    },
  }
}

async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body ?? []) {
    size += part.byteLength
    if (size > MAX_ANSWER_BYTES) throw new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>
  } catch {
    // The status says enough.
  }
  return {}
}

function accepted(answer: Answer, about: string): Answer {
  if (answer.status >= 200 && answer.status < 300) return answer
  const code = answer.status >= 500 || answer.status === 429 ? 'MR_REGISTRY_UNAVAILABLE' : 'MR_REGISTRY_REFUSED'
  throw new ServiceKitError(code, `the schema registry answered ${answer.status} for ${about}: ${wordsOf(answer)}`)
}

function wordsOf({ body }: Answer): string {
  return String(body.message ?? body.detail ?? body.title ?? 'no reason given').slice(0, 1_000)
}

function idField({ body }: Answer): number {
  if (typeof body.id === 'number' && Number.isInteger(body.id)) return body.id
  throw new ServiceKitError('MR_REGISTRY_REFUSED', 'the schema registry answered without an id')
}

function textField({ body }: Answer, name: string): string {
  const value = body[name]
  if (typeof value === 'string') return value
  throw new ServiceKitError('MR_REGISTRY_REFUSED', `the schema registry answered without ${name}`)
}

function reasonOf(error: unknown): string {
  const { name, cause, message } = error as { name?: string; cause?: { code?: string }; message?: string }
  return cause?.code ?? (name === 'TimeoutError' ? `not within ${DEADLINE_MS / 1000} s` : (message ?? 'no reason'))
}

import { type Source, sourceDefaults } from '@millrace/service-kit'
import { checkSecret, providerNamed, type Secret, schemesOf, withTolerance } from '@millrace/signing'
import { GatewayError } from './errors.ts'

/** A source as an embedder names it; what is left out is as in a sources file. */
export interface SourceOptions {
  /** Unique; lower case, digits, dashes. Also the default path, `/api/webhooks/<name>`. */
  readonly name: string
  /** A provider by name: `front`, `make`, `github`, `stripe`, `slack`, `standard-webhooks`, `hmac`, `api-key` … */
  readonly provider: string
  /** Fewer than all of the provider's schemes. */
  readonly schemes?: readonly string[]
  readonly path?: string
  /** Default `default`. */
  readonly tenant?: string
  /** Default: the tenant's name. */
  readonly account?: string
  /** More come by `registerSecret`. Without any, every request is refused with `secret-missing`. */
  readonly secrets?: readonly Secret[]
  /** What identifies an event without a signed id: a path in the body, or `header:<name>`. */
  readonly eventIdField?: string
  /** Addresses and CIDR ranges from which it may post. */
  readonly allowedAddresses?: readonly string[]
  /** Bytes, default 1 MiB. */
  readonly maxBodyBytes?: number
  /** Default 6 000. */
  readonly rateLimitPerMinute?: number
  /** How far a signed time may lie from now, milliseconds; default 5 minutes. */
  readonly toleranceMs?: number
}

/**
 * The whole source that options stand for.
 * @throws SigningError for an unknown provider or scheme, GatewayError `MR_GATEWAY_EMBEDDING` for a secret that fits no scheme
 */
export function sourceOf(options: SourceOptions): Source {
  const { name, provider, tenant = 'default', secrets = [] } = options
  const toleranceMs = options.toleranceMs ?? sourceDefaults.toleranceMs
  const { handshakes, event } = providerNamed(provider)
  const source: Source = {
    name,
    tenant,
    account: options.account ?? tenant,
    provider,
    path: options.path ?? `/api/webhooks/${name}`,
    schemes: schemesOf(provider, options.schemes).map((scheme) => withTolerance(scheme, toleranceMs)),
    secrets: [],
    eventIdField: options.eventIdField ?? event.id,
    eventTypeField: event.type,
    handshakes,
    isSynchronous: false,
    allowedAddresses: options.allowedAddresses,
    maxBodyBytes: options.maxBodyBytes ?? sourceDefaults.maxBodyBytes,
    rateLimitPerMinute: options.rateLimitPerMinute ?? sourceDefaults.rateLimitPerMinute,
    toleranceMs,
  }
  return secrets.reduce(withSecret, source)
}

/**
 * The source with one more secret, or with another one of the same id.
 * @throws GatewayError `MR_GATEWAY_EMBEDDING` when it fits none of the schemes that it is for
 */
export function withSecret(source: Source, secret: Secret): Source {
  const schemes = source.schemes.filter(({ name }) => secret.schemes?.includes(name) ?? true)
  const problems = schemes.map((scheme) => problemOf(() => checkSecret(scheme, secret)))
  if (problems.every((problem) => problem !== null)) {
    const detail = `secret ${secret.id} of source ${source.name}: ${problems[0] ?? 'the source has none of its schemes'}`
    throw new GatewayError('MR_GATEWAY_EMBEDDING', { detail })
  }
  return { ...source, secrets: [...source.secrets.filter(({ id }) => id !== secret.id), secret] }
}

function problemOf(check: () => void): string | null {
  try {
    check()
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

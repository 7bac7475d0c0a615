import { sealedFor } from '@millrace/domain'
import { transient } from '@millrace/kafka'
import type { Delivery, Endpoint } from '@millrace/schemas'
import { open, type SecretKeys, SigningError, standardWebhooksHeaders } from '@millrace/signing'

/** What is sealed in an endpoint, opened. */
interface Opened {
  readonly secrets: readonly { readonly secret: string; readonly notAfter: number }[]
  readonly headers: Readonly<Record<string, string>>
}

/** An endpoint's record is opened once, however many deliveries it gets; a changed endpoint is another object. */
const openedBefore = new WeakMap<Endpoint, { readonly keys: SecretKeys; readonly opened: Opened }>()

/**
 * The headers of one try: the endpoint's own, and those of Standard Webhooks with the time and signatures of this moment, one for each secret in
 * force. Of an endpoint that its owner left unsigned, id and time alone. `now`: epoch milliseconds.
 *
 * Undefined when it should be signed and cannot be: a secret is damaged or of another endpoint, or none is in force. That does not pass by itself.
 * @throws KafkaError `MR_KAFKA_TRANSIENT` for a key that is not known, which passes: services get a new key one after the other
 */
export function deliveryHeaders(
  endpoint: Endpoint,
  { delivery_id: id, body }: Pick<Delivery, 'delivery_id' | 'body'>,
  keys: SecretKeys,
  now: number,
): Record<string, string> | undefined {
  const timestampSeconds = Math.floor(now / 1_000)
  try {
    const { headers, secrets } = openedOf(endpoint, keys)
    if (!endpoint.is_signed) return { ...headers, 'webhook-id': id, 'webhook-timestamp': String(timestampSeconds) }
    const inForce = secrets.filter(({ notAfter }) => now < notAfter).map(({ secret }) => secret)
    return { ...headers, ...standardWebhooksHeaders({ id, timestampSeconds, body, secrets: inForce }) }
  } catch (error) {
    if (!(error instanceof SigningError)) throw error
    if (error.code !== 'MR_SIGNING_SEALED_KEY_UNKNOWN') return undefined
    throw transient(`a secret of endpoint ${endpoint.endpoint_id} needs a key that MILLRACE_SECRET_KEYS lacks`, {
      cause: error,
    })
  }
}

function openedOf(endpoint: Endpoint, keys: SecretKeys): Opened {
  const before = openedBefore.get(endpoint)
  if (before?.keys === keys) return before.opened
  const opened = {
    secrets: endpoint.secrets.map(({ sealed, not_after }) => ({
      secret: open(sealed, keys, sealedFor(endpoint, 'secret')).toString(),
      notAfter: not_after ?? Number.POSITIVE_INFINITY,
    })),
    headers: Object.fromEntries(
      Object.entries(endpoint.sealed_headers).map(([name, sealed]) => [
        name,
        open(sealed, keys, sealedFor(endpoint, `header:${name}`)).toString(),
      ]),
    ),
  }
  openedBefore.set(endpoint, { keys, opened })
  return opened
}

import { SigningError } from './errors.ts'
import { standardWebhooksV1, standardWebhooksV1a } from './schemes.ts'
import { sign } from './sign.ts'

export interface StandardWebhook {
  /** Stable across tries: receivers drop repeats by it. */
  id: string
  /** Whole epoch seconds of this try. */
  timestampSeconds: number
  body: Buffer
  /** `whsec_` secrets sign as `v1`, `whsk_` keys as `v1a`; while a secret changes, both the old and the new one. */
  secrets: readonly string[]
}

export interface StandardWebhooksHeaders extends Record<string, string> {
  'webhook-id': string
  'webhook-timestamp': string
  'webhook-signature': string
}

/**
 * The three headers of Standard Webhooks, with one signature for each secret.
 * @throws SigningError `MR_SIGNING_SECRET_EMPTY` (also for no secret at all), `MR_SIGNING_SECRET_FORMAT`, `MR_SIGNING_INPUT_INVALID`
 */
export function standardWebhooksHeaders({ id, timestampSeconds, body, secrets }: StandardWebhook) {
  if (secrets.length === 0) throw new SigningError('MR_SIGNING_SECRET_EMPTY', 'A webhook needs at least one secret.')
  const timestamp = timestampSeconds * 1000
  const signatures = secrets.map((secret) => {
    const scheme = secret.startsWith('whsk_') ? standardWebhooksV1a : standardWebhooksV1
    return sign(scheme, { id, timestamp, body }, secret)['webhook-signature']
  })
  const headers: StandardWebhooksHeaders = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(timestampSeconds)),
    'webhook-signature': signatures.join(' '),
  }
  return headers
}

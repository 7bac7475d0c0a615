import type { Source } from '@millrace/service-kit'
import { type Headers, rules, secretsForScheme, verifyRequest } from '@millrace/signing'
import { GatewayError } from './errors.ts'

/** How a request was proven: the scheme's name, or `none` where validation is off and the request proves nothing. */
export interface Proof {
  readonly scheme: string
  /** Id of the secret that matched, for the log. */
  readonly secretId: string | null
}

/**
 * Verifies the raw bytes by the source's schemes.
 * @param now epoch milliseconds
 * @param isRequired false where WEBHOOK_VALIDATION_ENABLED is false: what fails passes with scheme `none`
 * @throws GatewayError `MR_GATEWAY_UNVERIFIED` with the rule that failed
 */
export function proveRequest(
  source: Pick<Source, 'schemes' | 'secrets'>,
  request: { readonly headers: Headers; readonly body: Buffer },
  now: number,
  isRequired: boolean,
): Proof {
  const verdict = verifyRequest({
    schemes: source.schemes,
    headers: request.headers,
    body: request.body,
    secretsFor: (scheme) => secretsForScheme(source.secrets, scheme),
    now,
  })
  if (verdict.ok) return { scheme: verdict.scheme, secretId: verdict.secretId }
  if (!isRequired) return { scheme: 'none', secretId: null }
  throw new GatewayError('MR_GATEWAY_UNVERIFIED', {
    rule: verdict.rule,
    detail: rules[verdict.rule],
    // RFC 9110 wants a challenge with every 401; no registered scheme describes signed webhooks.
    headers: { 'www-authenticate': 'Signature' },
  })
}

import type { Rule, Scheme, Secret, SignedRequest } from './scheme.ts'
import { standardWebhooksV1, standardWebhooksV1a } from './schemes.ts'
import { verify } from './verify.ts'

/**
 * What a receiver finds of a delivery: `ok`, or the rule that it broke. `whsec_` secrets check `v1`, `whpk_` keys `v1a`; one signature that fits is
 * enough (https://www.standardwebhooks.com).
 * @param now epoch milliseconds
 */
export function verifyStandardWebhook(request: SignedRequest, secrets: readonly string[], now: number): 'ok' | Rule {
  const named = secrets.map((secret, place): Secret => ({ id: `secret-${place}`, secret }))
  const isPublicKey = ({ secret }: Secret) => secret.startsWith('whpk_')
  const tries: readonly (readonly [Scheme, readonly Secret[]])[] = [
    [standardWebhooksV1, named.filter((secret) => !isPublicKey(secret))],
    [standardWebhooksV1a, named.filter(isPublicKey)],
  ]
  let rule: Rule = 'secret-missing'
  for (const [scheme, usable] of tries) {
    if (usable.length === 0) continue
    const verdict = verify(scheme, request, usable, now)
    if (verdict.ok) return 'ok'
    rule = verdict.rule
  }
  return rule
}

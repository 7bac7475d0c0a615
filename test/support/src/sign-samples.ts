import { frontApp, frontPlain, frontRule, makeApiKey, makeHmac, sign } from '@millrace/signing'

const frontSchemes = { app: frontApp, rule: frontRule, plain: frontPlain } as const

/** Front's ways to sign: application webhook, rule webhook, the body alone. */
export type FrontSchemeName = keyof typeof frontSchemes

const json = { 'content-type': 'application/json' }

/** Headers of a Front webhook, signed as of `now` (epoch milliseconds; only application webhooks carry a time). */
export function signFront(
  body: Buffer,
  scheme: FrontSchemeName,
  secret: string,
  now: number = Date.now(),
): Record<string, string> {
  return { ...json, ...sign(frontSchemes[scheme], { body, timestamp: now }, secret) }
}

/** Headers of a request of Make's HTTP module: the key itself, or a signature made in the scenario. */
export function signMake(body: Buffer, secret: string, how: 'api-key' | 'hmac' = 'api-key'): Record<string, string> {
  return { ...json, ...sign(how === 'hmac' ? makeHmac : makeApiKey, { body }, secret) }
}

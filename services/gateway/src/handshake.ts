import { isFrontHandshake } from '@millrace/domain'
import { GatewayError } from './errors.ts'

/** What a provider's handshake is answered with; null when the request is none. */
type Handshake = (json: unknown, headers: Readonly<Record<string, string | undefined>>) => object | null

const visible = /^[\x20-\x7e]{1,1024}$/

/**
 * Front asks at each save of a webhook, with a signed `{type: "sync"}` and a challenge that is not signed, so it goes back inside JSON, where it
 * cannot become anything else (dev.frontapp.com/docs/application-webhooks; JSON is one of its three forms).
 */
function frontHandshake(json: unknown, headers: Readonly<Record<string, string | undefined>>): object | null {
  const challenge = headers['x-front-challenge']
  if (challenge === undefined || !isFrontHandshake(json)) return null
  if (!visible.test(challenge)) {
    throw new GatewayError('MR_GATEWAY_BAD_REQUEST', {
      detail: 'The challenge is no visible ASCII of up to 1,024 characters.',
    })
  }
  return { challenge }
}

const handshakes: Readonly<Record<string, Handshake>> = { front: frontHandshake }

/** The answer to a verified request that only asks whether we are there; null for every other request. Nothing of it is published. */
export function handshakeAnswer(
  provider: string,
  json: unknown,
  headers: Readonly<Record<string, string | undefined>>,
): object | null {
  return (Object.hasOwn(handshakes, provider) ? handshakes[provider] : undefined)?.(json, headers) ?? null
}

import { sealedFor, uuidv7 } from '@millrace/domain'
import type { Endpoint, EndpointSecret } from '@millrace/schemas'
import { publicKeyOf, type SecretKeys, seal } from '@millrace/signing'

/** A `whsec_` or `whsk_` as it is stored: encrypted, for this endpoint alone. `now`: epoch milliseconds. */
export function sealedSecret(
  endpoint: Pick<Endpoint, 'tenant' | 'endpoint_id'>,
  secret: string,
  keys: SecretKeys,
  now: number,
): EndpointSecret {
  const isKeyPair = secret.startsWith('whsk_')
  return {
    id: `sec_${uuidv7()}`,
    kind: isKeyPair ? 'v1a' : 'v1',
    sealed: seal(secret, keys, sealedFor(endpoint, 'secret')),
    public_key: isKeyPair ? publicKeyOf(secret) : null,
    created_at: now,
    not_after: null,
  }
}

import { sealedFor, uuidv7 } from '@millrace/domain'
import type { Endpoint, EndpointSecret } from '@millrace/schemas'
import {
  checkSecret,
  newEd25519KeyPair,
  newSecret,
  open,
  parseSecretKeys,
  publicKeyOf,
  type SecretKeys,
  seal,
  standardWebhooksV1,
  standardWebhooksV1a,
} from '@millrace/signing'
import { OperationsError, wrongField } from '../errors.ts'

export type SecretKind = EndpointSecret['kind']

/** This many sign at most. */
const MAX_SECRETS = 10

/** @throws OperationsError `MR_OPERATIONS_NO_KEYS` without `MILLRACE_SECRET_KEYS` */
export function secretKeysFrom(text: string | undefined): SecretKeys {
  if (text === undefined)
    throw new OperationsError(
      'MR_OPERATIONS_NO_KEYS',
      'MILLRACE_SECRET_KEYS is not set, so nothing is encrypted or opened',
    )
  return parseSecretKeys(text)
}

/** A new secret of a kind: `whsec_` for `v1`, `whsk_` (private and public key) for `v1a`. */
export function newSecretOf(kind: SecretKind): string {
  return kind === 'v1a' ? newEd25519KeyPair().secretKey : newSecret()
}

/** The kinds that a word names. */
export function kindsOf(signature: 'v1' | 'v1a' | 'both' = 'v1'): readonly SecretKind[] {
  return signature === 'both' ? ['v1', 'v1a'] : [signature]
}

/** A secret as it was given. @throws OperationsError `MR_OPERATIONS_INPUT`; never repeats it */
export function checkedSecret(secret: string): string {
  if (!/^wh(sec|sk)_/.test(secret)) throw wrongField('/secret', 'begins with whsec_ (or whsk_ for ed25519)')
  try {
    checkSecret(kindOf(secret) === 'v1a' ? standardWebhooksV1a : standardWebhooksV1, { id: 'secret', secret })
  } catch {
    throw wrongField('/secret', 'is whsec_ and base64 (or whsk_ and an ed25519 key)')
  }
  return secret
}

export function kindOf(secret: string): SecretKind {
  return secret.startsWith('whsk_') ? 'v1a' : 'v1'
}

/** What receivers need of new secrets: `whsec_` as they are; of a `whsk_` the public key, since the private one stays with us. */
export function forReceivers(secrets: readonly string[]): { secrets: string[]; public_keys: string[] } {
  const isPair = (secret: string) => kindOf(secret) === 'v1a'
  return {
    secrets: secrets.filter((secret) => !isPair(secret)),
    public_keys: secrets.filter(isPair).map(publicKeyOf),
  }
}

/** A secret as it is stored: encrypted, for this endpoint alone. `now`: epoch milliseconds. */
export function sealedSecret(
  endpoint: Pick<Endpoint, 'tenant' | 'endpoint_id'>,
  secret: string,
  keys: SecretKeys,
  now: number,
): EndpointSecret {
  const kind = kindOf(secret)
  return {
    id: `sec_${uuidv7()}`,
    kind,
    sealed: seal(secret, keys, sealedFor(endpoint, 'secret')),
    public_key: kind === 'v1a' ? publicKeyOf(secret) : null,
    created_at: now,
    not_after: null,
  }
}

/**
 * The secrets after a rotation: the new one first; the current ones of its kind sign for `overlapMs` more; those that ended are gone, and of more than
 * ten the oldest.
 */
export function rotated(
  secrets: readonly EndpointSecret[],
  added: EndpointSecret,
  overlapMs: number,
): EndpointSecret[] {
  const now = added.created_at
  const ended = secrets.map((secret) =>
    secret.kind === added.kind && secret.not_after === null ? { ...secret, not_after: now + overlapMs } : secret,
  )
  return [added, ...ended.filter(({ not_after }) => not_after === null || not_after > now)].slice(0, MAX_SECRETS)
}

/**
 * Everything sealed in an endpoint, encrypted anew with the current key; undefined when it is already.
 * @throws SigningError when something does not open
 */
export function resealed(endpoint: Endpoint, keys: SecretKeys): Endpoint | undefined {
  const isCurrent = (sealed: string) => sealed.split('.', 2)[1] === keys.currentId
  const { secrets, sealed_headers } = endpoint
  if ([...secrets.map(({ sealed }) => sealed), ...Object.values(sealed_headers)].every(isCurrent)) return undefined
  const anew = (sealed: string, belongsTo: string) => seal(open(sealed, keys, belongsTo), keys, belongsTo)
  return {
    ...endpoint,
    secrets: secrets.map((secret) => ({ ...secret, sealed: anew(secret.sealed, sealedFor(endpoint, 'secret')) })),
    sealed_headers: Object.fromEntries(
      Object.entries(sealed_headers).map(([name, sealed]) => [
        name,
        anew(sealed, sealedFor(endpoint, `header:${name}`)),
      ]),
    ),
  }
}

import { createHash } from 'node:crypto'
import { createOAuthTokens, FrontError, type SecretBox } from '@millrace/front-client'
import type { Log } from '@millrace/kafka'
import { open, parseSecretKeys, seal } from '@millrace/signing'
import type { Redis } from 'ioredis'
import type { Account, OAuthClient } from './sources.ts'

/** Where the token of an account's calls comes from. */
export interface AccountTokens {
  token(): string | Promise<string>
  /** Absent where there is nothing to renew. */
  renewToken?(refused: string): Promise<void>
}

interface TokenParts {
  readonly redis: Pick<Redis, 'get' | 'set' | 'eval'>
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
  readonly secretKeys: string | undefined
  readonly onRefresh: (result: string) => void
}

/** True when its API can be called: it has an API token, or an OAuth client that was authorised. */
export function isCallable({ provider, apiToken, oauth }: Account): boolean {
  return provider === 'front' && (apiToken !== undefined || oauth?.refreshToken !== undefined)
}

/** Tells apart the credentials of an account, without telling what they are. */
export function credentialsId({ apiToken, oauth }: Account): string {
  const parts = [apiToken ?? '', oauth?.clientId ?? '', oauth?.clientSecret ?? '', oauth?.refreshToken ?? '']
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 12)
}

/** The tokens of `account()`, which may change to other credentials but not from an API token to OAuth. */
export function tokensOf(parts: TokenParts, key: string, account: () => Account): AccountTokens {
  if (account().oauth === undefined) return { token: () => account().apiToken ?? '' }
  const { redis, log, secretKeys, onRefresh } = parts
  if (secretKeys === undefined) {
    log.error(
      { account: key },
      'OAuth tokens are kept sealed: set MILLRACE_SECRET_KEYS, else this account is not called',
    )
    return { token: () => Promise.reject(keysMissing(key)) }
  }
  const oauth = createOAuthTokens({
    redis,
    key,
    box: boxOf(secretKeys),
    client: () => withRefreshToken(account().oauth),
    onRefresh(result) {
      onRefresh(result)
      if (result === 'refused') log.error({ account: key }, 'Front refuses to refresh the OAuth token of this account')
    },
  })
  return { token: () => oauth.current(), renewToken: (refused) => oauth.renew(refused) }
}

function boxOf(secretKeys: string): SecretBox {
  const keys = parseSecretKeys(secretKeys)
  return {
    seal: (plain, belongsTo) => seal(plain, keys, belongsTo),
    open: (sealed, belongsTo) => open(sealed, keys, belongsTo).toString('utf8'),
  }
}

function withRefreshToken(client: OAuthClient | undefined) {
  const { clientId = '', clientSecret = '', tokenUrl = '', refreshToken = '' } = client ?? {}
  return { clientId, clientSecret, tokenUrl, refreshToken }
}

function keysMissing(key: string): FrontError {
  return new FrontError('MR_FRONT_TOKEN_UNAVAILABLE', `account ${key}: MILLRACE_SECRET_KEYS is not set`, {
    retryAfterMs: 300_000,
  })
}

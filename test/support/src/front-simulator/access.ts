import { randomBytes, timingSafeEqual } from 'node:crypto'

/** An OAuth client as one registers it with Front. */
export interface OAuthClient {
  readonly clientId: string
  readonly clientSecret: string
  /** Needed for the grant `refresh_token`; `client_credentials` needs none. */
  readonly refreshToken?: string
  /** How long an access token is good. Default an hour. */
  readonly lifetimeMs?: number
}

/** Who may call what. */
export interface Access {
  /** Why a call with this `Authorization` is refused; undefined when it may pass. `scope`: what the route needs. */
  problem(
    authorization: string | undefined,
    scope: string | undefined,
  ): { status: 401 | 403; message: string } | undefined
  /** Only these scopes from now on; null: all. */
  limitScopes(scopes: readonly string[] | null): void
  /** The API token (and every OAuth access token so far) is good no more, or good again. */
  revoke(isRevoked: boolean): void
  /** Answers the token endpoint. */
  token(authorization: string | undefined, form: Readonly<Record<string, string>>): { status: number; body: object }
  /** Times that an access token was given out. */
  tokensGiven(): number
}

const HOUR = 3_600_000

export function createAccess(apiToken: string, oauth: OAuthClient | undefined, now: () => number): Access {
  const given = new Map<string, number>()
  let scopes: readonly string[] | null = null
  let isRevoked = false
  let tokensGiven = 0

  const isGood = (token: string): boolean =>
    !isRevoked && (isSame(token, apiToken) || now() < (given.get(token) ?? Number.NEGATIVE_INFINITY))
  return {
    problem: (authorization = '', scope) => {
      const [kind, token = ''] = authorization.split(' ')
      if (kind !== 'Bearer' || !isGood(token)) return { status: 401, message: 'Could not authenticate' }
      const isMissing = scope !== undefined && scopes !== null && !scopes.includes(scope)
      return isMissing ? { status: 403, message: `Missing required scopes: [${scope}]` } : undefined
    },
    limitScopes: (next) => {
      scopes = next
    },
    revoke: (revoked) => {
      isRevoked = revoked
      given.clear()
    },
    token: (authorization = '', form) => {
      const [kind, basic = ''] = authorization.split(' ')
      const wanted = oauth && `${oauth.clientId}:${oauth.clientSecret}`
      const isClient =
        kind === 'Basic' && wanted !== undefined && isSame(Buffer.from(basic, 'base64').toString(), wanted)
      if (!isClient) return { status: 401, body: { error: 'invalid_client' } }
      const grant = form.grant_type ?? ''
      if (!['refresh_token', 'client_credentials'].includes(grant))
        return { status: 400, body: { error: 'unsupported_grant_type' } }
      const isGranted = grant === 'client_credentials' || isSame(form.refresh_token ?? '', oauth?.refreshToken ?? '')
      if (isRevoked || !isGranted) return { status: 400, body: { error: 'invalid_grant' } }
      const token = `oat_${randomBytes(16).toString('hex')}`
      const end = now() + (oauth?.lifetimeMs ?? HOUR)
      for (const [known, until] of given) if (until <= now()) given.delete(known)
      given.set(token, end)
      tokensGiven++
      // Front says when it ends, not how long it lasts.
      const body = {
        access_token: token,
        refresh_token: oauth?.refreshToken,
        token_type: 'Bearer',
        expires_at: Math.floor(end / 1000),
      }
      return { status: 200, body }
    },
    tokensGiven: () => tokensGiven,
  }
}

function isSame(a: string, b: string): boolean {
  return Buffer.byteLength(a) === Buffer.byteLength(b) && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}

/** The scope that a route needs. */
export function scopeOf(path: string): string | undefined {
  const [, kind = '', , part = ''] = path.split('/')
  const thing = kind === 'conversations' && ['messages', 'comments', 'events', 'inboxes'].includes(part) ? part : kind
  return ['conversations', 'messages', 'comments', 'events', 'inboxes'].includes(thing) ? `${thing}:*:read` : undefined
}

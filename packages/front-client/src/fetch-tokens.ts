import { request } from 'undici'
import { FrontError } from './errors.ts'

export interface OAuthClientCredentials {
  readonly clientId: string
  readonly clientSecret: string
  readonly tokenUrl: string
  readonly refreshToken: string
}

export interface FetchedTokens {
  readonly accessToken: string
  readonly refreshToken: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

/** For an answer that says nothing of it: https://dev.frontapp.com/docs/oauth tells of an hour. */
const DEFAULT_LIFE_MS = 3_600_000
const MAX_ANSWER_BYTES = 65_536

/**
 * Asks the token endpoint for a new access token. Front wants the client in HTTP Basic and answers `expires_at` (epoch seconds); `expires_in`, the
 * standard's word (RFC 6749, section 5.1), is understood too. Its message never holds a secret.
 * @throws FrontError `MR_FRONT_TOKEN_UNAVAILABLE`; with a `status` of 4xx when the refresh token or the client is not accepted
 */
export async function fetchTokens(
  client: OAuthClientCredentials,
  refreshToken: string,
  timeoutMs: number,
  now: () => number = Date.now,
): Promise<FetchedTokens> {
  const { status, text } = await post(client, refreshToken, timeoutMs)
  if (status !== 200) throw failure(`the token endpoint answered ${status}${errorIn(text)}`, status)
  const answer = objectOf(text)
  const { access_token: accessToken, refresh_token: next, expires_at: at, expires_in: span } = answer
  if (typeof accessToken !== 'string' || accessToken === '') throw failure('the token endpoint gave no access_token')
  const expiresAt =
    typeof at === 'number' ? at * 1_000 : now() + (typeof span === 'number' ? span * 1_000 : DEFAULT_LIFE_MS)
  return { accessToken, refreshToken: typeof next === 'string' && next !== '' ? next : refreshToken, expiresAt }
}

async function post(
  { tokenUrl, clientId, clientSecret }: OAuthClientCredentials,
  refreshToken: string,
  timeoutMs: number,
): Promise<{ status: number; text: string }> {
  // RFC 6749, section 2.3.1: both are form-encoded before they are joined.
  const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')
  try {
    const response = await request(tokenUrl, {
      method: 'POST',
      headers: {
        authorization: `Basic ${basic}`,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken }).toString(),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > MAX_ANSWER_BYTES) throw failure(`the token endpoint answered more than ${MAX_ANSWER_BYTES} bytes`)
      chunks.push(chunk)
    }
    return { status: response.statusCode, text: Buffer.concat(chunks).toString('utf8') }
  } catch (cause) {
    if (cause instanceof FrontError) throw cause
    const { name, code = name } = cause as Error & { code?: string }
    throw failure(`the token endpoint cannot be reached (${code})`)
  }
}

/** The standard's error word (`invalid_grant`), which holds nothing secret; nothing else of the answer is repeated. */
function errorIn(text: string): string {
  const { error } = objectOf(text)
  return typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? `: ${error}` : ''
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function failure(why: string, status?: number): FrontError {
  return new FrontError('MR_FRONT_TOKEN_UNAVAILABLE', why, {
    retryAfterMs: 5_000,
    ...(status === undefined ? {} : { status }),
  })
}

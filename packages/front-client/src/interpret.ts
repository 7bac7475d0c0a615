import { FrontError, type FrontErrorDetails } from './errors.ts'
import { type AllowUrl, parseUrl } from './hosts.ts'
import { isId } from './ids.ts'
import { parseErrorMessage, parseMissingScopes } from './parse.ts'
import { parseRetryAfter, type ResponseHeaders, retryAfterInMessage } from './rate-limits.ts'

/** An HTTP answer as it came. */
export interface RawAnswer {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly bytes: Buffer
}

/** Front's 429 always names a wait; this is for one that does not. */
const DEFAULT_RETRY_AFTER_MS = 1_000

/** What was asked for, and what its error must not show. */
export interface Asked {
  readonly url: URL
  readonly allow: AllowUrl
  readonly token: string
}

/** What stands against using an answer; null when it is a 200. */
export function errorOf(answer: RawAnswer, { url, allow, token }: Asked): FrontError | null {
  const { status } = answer
  if (status === 200) return null
  if (status >= 300 && status < 400) return redirectError(answer, url, allow)
  // An answer may quote the request, and messages of errors go into logs: of Front's words they have the scopes alone.
  const said = parseErrorMessage(answer.bytes).replaceAll(token, '[token]')
  const details = detailsOf(answer, said)
  const lacks = details.missingScopes?.join(', ')
  const message = `GET ${url.pathname} answered ${status}${lacks ? `: the token lacks ${lacks}` : ''}`
  return new FrontError(codeOf(status), message, details)
}

function codeOf(status: number): FrontError['code'] {
  if (status === 401) return 'MR_FRONT_UNAUTHORIZED'
  if (status === 403) return 'MR_FRONT_FORBIDDEN'
  // 410 is not documented, but means the same for a reader.
  if (status === 404 || status === 410) return 'MR_FRONT_NOT_FOUND'
  if (status === 429) return 'MR_FRONT_THROTTLED'
  if (status === 408 || status >= 500) return 'MR_FRONT_UNAVAILABLE'
  return status >= 400 ? 'MR_FRONT_REJECTED' : 'MR_FRONT_BAD_ANSWER'
}

function detailsOf(answer: RawAnswer, said: string): FrontErrorDetails {
  const { status, headers } = answer
  const retryAfterMs =
    parseRetryAfter(headers) ?? (status === 429 ? (retryAfterInMessage(said) ?? DEFAULT_RETRY_AFTER_MS) : null)
  return {
    status,
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
    ...(status === 403 ? { missingScopes: parseMissingScopes(said) } : {}),
  }
}

/** Every call below `/conversations/{id}` of a merged conversation answers 301 to the same call of its survivor. */
function redirectError(answer: RawAnswer, url: URL, allow: AllowUrl): FrontError {
  const { status } = answer
  const survivor = status === 301 ? survivorOf(answer, url, allow) : null
  if (survivor) {
    return new FrontError('MR_FRONT_MERGED', `GET ${url.pathname}: the conversation was merged into ${survivor}`, {
      status,
      mergedInto: survivor,
    })
  }
  return new FrontError(
    'MR_FRONT_BAD_ANSWER',
    `GET ${url.pathname} answered ${status} to a place that is not the API's`,
    { status },
  )
}

function survivorOf(answer: RawAnswer, url: URL, allow: AllowUrl): string | null {
  const location = answer.headers.location
  const target = typeof location === 'string' ? parseUrl(location, url) : null
  if (!target || !allow(target)) return null
  const id = /\/conversations\/([^/]+)/.exec(target.pathname)?.[1] ?? ''
  return isId('cnv', id) ? id : null
}

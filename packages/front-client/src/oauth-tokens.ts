import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { FrontError } from './errors.ts'
import { type FetchedTokens, fetchTokens, type OAuthClientCredentials } from './fetch-tokens.ts'

/** Keeps a text secret at rest. `open` throws for what it did not seal. */
export interface SecretBox {
  seal(plain: string, belongsTo: string): string
  open(sealed: string, belongsTo: string): string
}

export interface OAuthTokensOptions {
  readonly redis: Pick<Redis, 'get' | 'set' | 'eval'>
  readonly key: string
  readonly client: () => OAuthClientCredentials
  readonly box: SecretBox
  readonly fetchTimeoutMs?: number
  readonly onRefresh?: (result: 'refreshed' | 'refused' | 'unavailable') => void
  readonly now?: () => number
}

export interface OAuthTokens {
  /** An access token that is good for a minute at least. @throws FrontError `MR_FRONT_TOKEN_UNAVAILABLE` */
  current(): Promise<string>
  /** Front refused this one: gets another, unless somebody has. @throws FrontError `MR_FRONT_TOKEN_UNAVAILABLE` */
  renew(refused: string): Promise<void>
}

/** What is kept, sealed, in Redis. */
interface Kept extends FetchedTokens {
  /** Of the refresh token in the sources file with which this began: another one there begins anew. */
  readonly origin: string
}

/** An access token lives an hour. From 10 minutes before its end one process refreshes it; until a minute before all others go on with it. */
const REFRESH_BEFORE_MS = 600_000
const USE_UNTIL_MS = 60_000
const LOCK_MS = 30_000
const LOCK_POLL_MS = 200
const LOOK_AGAIN_MS = 5_000
const RETRY_MS = 5_000
const REFUSED_RETRY_MS = 300_000

const SAVE = `
local held = redis.call('GET', KEYS[1])
if (held or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1`
const UNLOCK = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`

/**
 * Access tokens of an OAuth client, refreshed before they end by one process for all: a lock in Redis, and what was fetched is kept there, sealed.
 * A refresh token that Front replaces is kept with it, so losing Redis means to begin again with the refresh token of the sources file; where
 * Front takes that no more, somebody must authorise the client anew. Without Redis the present token is used to its end, and none is refreshed.
 */
export function createOAuthTokens(options: OAuthTokensOptions): OAuthTokens {
  const { redis, key, client, box, fetchTimeoutMs = 10_000, onRefresh, now = Date.now } = options
  const name = `front:{${key}}:oauth`
  let known: { readonly kept: Kept; readonly sealed: string } | undefined
  let lookedAt = 0
  let failed: { readonly origin: string; readonly until: number; readonly error: FrontError } | undefined
  let running: Promise<void> | undefined

  const look = async (): Promise<void> => {
    const sealed = await redis.get(name)
    lookedAt = now()
    if (sealed === null || sealed === known?.sealed) return
    known = { kept: JSON.parse(box.open(sealed, name)) as Kept, sealed }
  }
  const keptNow = (): Kept | undefined => (known?.kept.origin === originOf(client()) ? known.kept : undefined)
  const isGood = (leftMs: number, refused?: string): boolean => {
    const kept = keptNow()
    return kept !== undefined && kept.expiresAt - now() > leftMs && kept.accessToken !== refused
  }

  const refreshLocked = async (refused: string | undefined): Promise<void> => {
    await look()
    if (isGood(REFRESH_BEFORE_MS, refused)) return
    const credentials = client()
    const before = keptNow()
    const fetched = await fetchTokens(
      credentials,
      before?.refreshToken ?? credentials.refreshToken,
      fetchTimeoutMs,
      now,
    )
    const kept: Kept = { ...fetched, origin: originOf(credentials) }
    const sealed = box.seal(JSON.stringify(kept), name)
    const isSaved = await redis.eval(SAVE, 1, name, known?.sealed ?? '', sealed)
    known = { kept, sealed }
    // Somebody whose lock had ended was faster: what he kept is the newer refresh token.
    if (isSaved !== 1) await look()
    onRefresh?.('refreshed')
  }
  const refresh = async (refused: string | undefined): Promise<void> => {
    const token = randomUUID()
    const deadline = now() + LOCK_MS + fetchTimeoutMs
    while ((await redis.set(`${name}:lock`, token, 'PX', LOCK_MS, 'NX')) !== 'OK') {
      await look()
      if (isGood(USE_UNTIL_MS, refused)) return
      if (now() > deadline) throw unavailable(key, 'another process has been refreshing it for too long', RETRY_MS)
      await sleep(LOCK_POLL_MS)
    }
    try {
      await refreshLocked(refused)
    } finally {
      await redis.eval(UNLOCK, 1, `${name}:lock`, token).catch(() => {})
    }
  }
  const refreshOnce = (refused?: string): Promise<void> => {
    const origin = originOf(client())
    if (failed?.origin === origin && failed.until > now())
      return Promise.reject(again(failed.error, failed.until - now()))
    running ??= refresh(refused)
      .then(() => {
        failed = undefined
      })
      .catch((cause: unknown) => {
        const error = cause instanceof FrontError ? cause : unavailable(key, (cause as Error).message, RETRY_MS, cause)
        const isRefused = error.status !== null && error.status >= 400 && error.status < 500
        failed = { origin, until: now() + (isRefused ? REFUSED_RETRY_MS : RETRY_MS), error }
        onRefresh?.(isRefused ? 'refused' : 'unavailable')
        throw error
      })
      .finally(() => {
        running = undefined
      })
    return running
  }
  // Another process may have refreshed it: its token is taken up before ours ends.
  const lookBeside = () => {
    if (now() - lookedAt < LOOK_AGAIN_MS) return
    lookedAt = now()
    look()
      .then(() => (isGood(REFRESH_BEFORE_MS) ? undefined : refreshOnce()))
      .catch(() => {})
  }

  return {
    async current() {
      if (!isGood(USE_UNTIL_MS)) await refreshOnce()
      else if (!isGood(REFRESH_BEFORE_MS)) lookBeside()
      const kept = keptNow()
      if (kept === undefined) throw unavailable(key, 'its credentials have just changed', RETRY_MS)
      return kept.accessToken
    },
    async renew(refused) {
      if (isGood(USE_UNTIL_MS, refused)) return
      await refreshOnce(refused)
    },
  }
}

function originOf({ clientId, refreshToken }: OAuthClientCredentials): string {
  return createHash('sha256').update(`${clientId}\0${refreshToken}`).digest('base64url')
}

function unavailable(key: string, why: string, retryAfterMs: number, cause?: unknown): FrontError {
  return new FrontError('MR_FRONT_TOKEN_UNAVAILABLE', `account ${key} has no valid OAuth token: ${why}`, {
    retryAfterMs,
    cause,
  })
}

/** The failure of before, with what is left to wait. */
function again({ message, status }: FrontError, retryAfterMs: number): FrontError {
  return new FrontError('MR_FRONT_TOKEN_UNAVAILABLE', message.replace(/ \(MR_\w+\)$/, ''), {
    retryAfterMs,
    ...(status === null ? {} : { status }),
  })
}

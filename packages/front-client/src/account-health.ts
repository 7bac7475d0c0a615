import type { Redis } from 'ioredis'
import { FrontError } from './errors.ts'
import type { CallGuard } from './types.ts'

/** Why calls of an account are not made at present. */
export interface Degradation {
  /** The route that the token may not read; `*`: the token is not accepted at all. */
  readonly route: string
  readonly status: 401 | 403
  /** Scopes that the token lacks, as Front named them. */
  readonly missingScopes: readonly string[]
  /** Epoch milliseconds. */
  readonly since: number
  /** Epoch milliseconds of the next call that tries whether it is better. */
  readonly nextTryAt: number
}

interface Entry extends Degradation {
  readonly tries: number
  readonly credentials: string
}

type HealthRedis = Pick<Redis, 'hgetall' | 'hset' | 'hdel' | 'pexpire' | 'set' | 'del'>

export interface AccountHealthOptions {
  readonly redis: HealthRedis
  readonly key: string
  /** Changes with the account's credentials: new ones are tried at once. No secret. */
  readonly credentials: () => string
  /** Told when a route is refused that was not before, and when none is any more. */
  readonly onChange?: (now: readonly Degradation[], news: Degradation | null) => void
  readonly now?: () => number
}

export interface AccountHealth extends CallGuard {
  degradations(): readonly Degradation[]
}

const FIRST_TRY_MS = 10_000
const LONGEST_TRY_MS = 300_000
/** The one who tries whether it is better has this long, then another may. */
const TRYING_MS = 60_000
const ASK_AGAIN_MS = 1_000
const SHARED_FOR_MS = 2_000
const KEEP_MS = 86_400_000
const EVERY_ROUTE = '*'

/**
 * Remembers, for all processes, that Front refuses an account's credentials (401) or that they lack a scope (403 that names one), and makes no more
 * calls of that kind but one now and then, at growing intervals of 10 s to 5 min. Without Redis each process remembers for itself.
 */
export function createAccountHealth(options: AccountHealthOptions): AccountHealth {
  const { redis, key, credentials, onChange, now = Date.now } = options
  const hash = healthKey(key)
  let entries = new Map<string, Entry>()
  const triedUntil = new Map<string, number>()
  let changes = 0
  let sharedAt = 0
  let reading: Promise<void> | undefined

  const take = (next: Map<string, Entry>) => {
    const before = entries
    entries = next
    const news = [...next.values()].find(({ route }) => !before.has(route))
    if (news !== undefined || (before.size > 0 && next.size === 0)) onChange?.([...next.values()], news ?? null)
  }
  const readShared = async () => {
    const before = changes
    try {
      const found = await redis.hgetall(hash)
      // What this process has learnt since is newer than what was read.
      if (changes === before) take(new Map(parseEntries(found).map((entry) => [entry.route, entry])))
    } catch {
      // What this process knows goes on.
    } finally {
      sharedAt = now()
      reading = undefined
    }
  }
  const refresh = () => {
    reading ??= now() - sharedAt > SHARED_FOR_MS ? readShared() : undefined
    return reading
  }
  const against = (route: string): Entry | undefined => {
    const entry = entries.get(EVERY_ROUTE) ?? entries.get(route)
    return entry?.credentials === credentials() ? entry : undefined
  }
  const isFirstToTry = async ({ route }: Entry): Promise<boolean> => {
    if ((triedUntil.get(route) ?? 0) > now()) return false
    triedUntil.set(route, now() + TRYING_MS)
    try {
      return (await redis.set(`${hash}:trying:${route}`, '1', 'PX', TRYING_MS, 'NX')) === 'OK'
    } catch {
      return true
    }
  }
  const endTry = (route: string) => {
    if (triedUntil.delete(route)) redis.del(`${hash}:trying:${route}`).catch(() => {})
  }
  const put = (route: string, error: FrontError) => {
    const known = entries.get(route)
    const isNew = known === undefined || known.credentials !== credentials()
    // Calls that were under way together are one refusal.
    if (!isNew && known.nextTryAt > now()) return
    const tries = isNew ? 0 : known.tries + 1
    const entry: Entry = {
      route,
      status: error.code === 'MR_FRONT_FORBIDDEN' ? 403 : 401,
      missingScopes: error.missingScopes,
      since: isNew ? now() : known.since,
      nextTryAt: now() + Math.min(LONGEST_TRY_MS, FIRST_TRY_MS * 2 ** tries),
      tries,
      credentials: credentials(),
    }
    changes++
    take(new Map(entries).set(route, entry))
    const write = async () => {
      await redis.hset(hash, route, JSON.stringify(entry))
      await redis.pexpire(hash, KEEP_MS)
    }
    write().catch(() => {})
  }
  const clear = (route: string) => {
    const gone = [EVERY_ROUTE, route].filter((each) => entries.has(each))
    if (gone.length === 0) return
    changes++
    take(new Map([...entries].filter(([each]) => !gone.includes(each))))
    redis.hdel(hash, ...gone).catch(() => {})
  }

  return {
    degradations: () => [...entries.values()].filter((entry) => entry.credentials === credentials()),
    async before(route) {
      const read = refresh()
      const known = against(route)
      if (known === undefined) return { isTry: false }
      await read
      const entry = against(route)
      if (entry === undefined) return { isTry: false }
      if (entry.nextTryAt > now()) throw refusal(entry, entry.nextTryAt - now())
      if (!(await isFirstToTry(entry))) throw refusal(entry, ASK_AGAIN_MS)
      return { isTry: true }
    },
    check(route) {
      const entry = against(route)
      if (entry !== undefined) throw refusal(entry, Math.max(ASK_AGAIN_MS, entry.nextTryAt - now()))
    },
    after(route, { status, error }) {
      endTry(EVERY_ROUTE)
      endTry(route)
      if (error?.code === 'MR_FRONT_UNAUTHORIZED') put(EVERY_ROUTE, error)
      else if (error?.code === 'MR_FRONT_FORBIDDEN' && error.missingScopes.length > 0) put(route, error)
      // Any other answer was given to credentials that Front accepts.
      else if (status !== null && status < 500 && status !== 429) clear(route)
    },
  }
}

/** Name of the record in Redis, for whoever shows it. */
export function healthKey(key: string): string {
  return `front:{${key}}:degraded`
}

/** Reads the record as `hgetall` gives it. What is no entry is left out. */
export function parseEntries(found: Readonly<Record<string, string>>): Entry[] {
  return Object.values(found).flatMap((text) => {
    try {
      return [JSON.parse(text) as Entry]
    } catch {
      return []
    }
  })
}

function refusal({ status, missingScopes, route, since }: Entry, retryAfterMs: number): FrontError {
  const lack = missingScopes.length === 0 ? '' : `: it lacks ${missingScopes.join(', ')}`
  const where = route === EVERY_ROUTE ? '' : ` for ${route}`
  return new FrontError(
    status === 403 ? 'MR_FRONT_FORBIDDEN' : 'MR_FRONT_UNAUTHORIZED',
    `Front refuses the token${where} since ${new Date(since).toISOString()}${lack}; no call was made`,
    { status, missingScopes, retryAfterMs },
  )
}

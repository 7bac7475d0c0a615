import type { Redis } from 'ioredis'
import type { FrontError, FrontErrorCode } from './errors.ts'

/** When Front last answered an account, and when it last did not. Epoch milliseconds; null: not in the last week. */
export interface LastCalls {
  readonly successAt: number | null
  readonly failureAt: number | null
  /** Why it did not: a code of `frontErrors`. */
  readonly failureCode: string | null
}

export interface LastCallsOptions {
  readonly redis: Pick<Redis, 'hset' | 'pexpire'>
  readonly key: string
  readonly now?: () => number
}

/** Front does not answer as it promises; a refusal, such as 401 or 429, is an answer. */
const outages: readonly FrontErrorCode[] = ['MR_FRONT_UNAVAILABLE', 'MR_FRONT_TIMEOUT', 'MR_FRONT_BAD_ANSWER']
/** The times are this exact: calls in between cost no write. */
const NOTE_EVERY_MS = 5_000
const KEEP_MS = 7 * 86_400_000

/** Notes for whoever shows it when calls of an account succeeded and failed; at most every 5 s while nothing changes. Without Redis it is lost. */
export function noteLastCalls({ redis, key, now = Date.now }: LastCallsOptions) {
  let noted: { readonly isSuccess: boolean; readonly at: number } | undefined
  const write = async (fields: Readonly<Record<string, string | number>>) => {
    await redis.hset(lastCallsKey(key), fields)
    await redis.pexpire(lastCallsKey(key), KEEP_MS)
  }
  return ({ status, error }: { readonly status: number | null; readonly error: FrontError | null }): void => {
    const isOutage = error !== null && outages.includes(error.code)
    const isSuccess = !isOutage && status !== null && (status < 400 || status === 404)
    if (!isOutage && !isSuccess) return
    const at = now()
    if (noted?.isSuccess === isSuccess && at - noted.at < NOTE_EVERY_MS) return
    noted = { isSuccess, at }
    const fields = isSuccess ? { success_at: at } : { failure_at: at, failure_code: error?.code ?? '' }
    write(fields).catch(() => {})
  }
}

export async function readLastCalls(redis: Pick<Redis, 'hgetall'>, key: string): Promise<LastCalls> {
  const { success_at, failure_at, failure_code } = await redis.hgetall(lastCallsKey(key))
  return {
    successAt: success_at === undefined ? null : Number(success_at),
    failureAt: failure_at === undefined ? null : Number(failure_at),
    failureCode: failure_code ?? null,
  }
}

function lastCallsKey(key: string): string {
  return `front:{${key}}:calls`
}

import { reachingRedis } from '@millrace/kafka'
import type { Redis } from 'ioredis'
import type { MissingRun } from './trigger-missing.ts'

/** What the triggers remember of an account, in Redis, so that whichever replica evaluates them goes on. Losing it only restarts their time. */
export interface ParityState {
  run(account: string): Promise<MissingRun | null>
  keepRun(account: string, run: MissingRun | null): Promise<void>
  /** True once in `everyMs` for the same thing. */
  mayTell(account: string, what: string, everyMs: number): Promise<boolean>
}

const KEPT_MS = 86_400_000

export function createParityState(redis: Redis): ParityState {
  const runKey = (account: string) => `parity:${account}:run`
  return {
    run: (account) =>
      reachingRedis('read a trigger', async () => {
        const text = await redis.get(runKey(account))
        return text === null ? null : (JSON.parse(text) as MissingRun)
      }),
    keepRun: (account, run) =>
      reachingRedis('keep a trigger', async () => {
        if (run === null) await redis.del(runKey(account))
        else await redis.set(runKey(account), JSON.stringify(run), 'PX', KEPT_MS)
      }),
    mayTell: (account, what, everyMs) =>
      reachingRedis('limit notices', async () => {
        return (await redis.set(`parity:${account}:told:${what}`, '1', 'PX', everyMs, 'NX')) !== null
      }),
  }
}

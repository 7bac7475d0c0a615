import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { lanes } from './lanes.ts'
import type { BudgetLimits } from './model.ts'
import { ASK, DONE, GIVE_BACK } from './script.ts'
import type { BudgetAnswer, BudgetDecision, BudgetRequest, CallOutcome, GrantedCall } from './types.ts'

export interface RedisBudgetOptions {
  readonly redis: Pick<Redis, 'evalsha' | 'eval'>
  /** Names the account; the same for all who share its budget. */
  readonly key: string
  readonly limits: () => BudgetLimits
}

/** The budget of an account in Redis, which all processes share. Rejects as ioredis does when Redis is away. */
export interface RedisBudget {
  ask(requests: readonly BudgetRequest[]): Promise<BudgetAnswer>
  done(call: GrantedCall, outcome: CallOutcome): Promise<void>
  giveBack(call: GrantedCall): Promise<void>
}

export function createRedisBudget({ redis, key, limits }: RedisBudgetOptions): RedisBudget {
  const name = (part: string) => budgetKey(key, part)
  const common = [name('budget'), name('plan'), name('bursts'), name('searches')]
  const resourceKey = ({ resource }: BudgetRequest) => name(`resource:${resource}`)
  const run = (script: string, requests: readonly BudgetRequest[], args: readonly (string | number)[]) => {
    const { callsPerMinute, leaseMs } = limits()
    return evaluate(redis, script, [...common, ...requests.map(resourceKey)], [callsPerMinute, leaseMs, ...args])
  }
  return {
    async ask(requests) {
      const args = requests.flatMap(({ id, lane, isSearch }) => [id, lanes.indexOf(lane) + 1, isSearch ? 1 : 0])
      return readAnswer((await run(ASK, requests, args)) as (string | number)[])
    },
    async done({ request, via }, { status, limits: told, retryAfterMs }) {
      const headers = [told?.limit, told?.remaining, told?.resetAt, told?.burstRemaining, retryAfterMs]
      const numbers = [status, ...headers].map((value) => value ?? -1)
      await run(DONE, [request], [request.id, via, request.isSearch ? 1 : 0, ...numbers])
    },
    async giveBack({ request, via }) {
      await run(GIVE_BACK, [request], [request.id, via])
    },
  }
}

/** Name in Redis of a part of an account's budget. All parts share one slot. */
export function budgetKey(key: string, part: string): string {
  return `front:{${key}}:${part}`
}

function readAnswer([limit, used, burst, blockedMs, ...rest]: readonly (string | number)[]): BudgetAnswer {
  const verdicts = Array.from({ length: rest.length / 2 }, (_, place) => ({
    decision: rest[2 * place] as BudgetDecision,
    waitMs: Number(rest[2 * place + 1]),
  }))
  const view = { limit: Number(limit), used: Number(used), burst: Number(burst), blockedMs: Number(blockedMs) }
  return { view, verdicts }
}

const shas = new Map([ASK, DONE, GIVE_BACK].map((script) => [script, createHash('sha1').update(script).digest('hex')]))

async function evaluate(
  redis: RedisBudgetOptions['redis'],
  script: string,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(shas.get(script) ?? '', keys.length, ...keys, ...args)
  } catch (error) {
    if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
    return redis.eval(script, keys.length, ...keys, ...args)
  }
}

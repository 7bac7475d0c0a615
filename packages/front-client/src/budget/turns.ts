import { randomUUID } from 'node:crypto'
import { FrontError } from '../errors.ts'
import { type Lane, lanes } from './lanes.ts'
import type { BudgetRequest, BudgetStore, BudgetView, CallOutcome, GrantedCall } from './types.ts'

export interface TurnsOptions {
  readonly store: BudgetStore
  /** For messages: the account. */
  readonly name: string
  /** Calls that wait at most; the next one is refused. Default 1 000. */
  readonly maxWaiting?: number
  /** Told of every call that got its turn. */
  readonly onTurn?: (lane: Lane, waitedMs: number, via: GrantedCall['via']) => void
}

export interface TurnOptions {
  readonly lane: Lane
  readonly resource: string
  readonly isSearch?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds to wait at most; 0 takes what is there now. The budget is asked at least once. */
  readonly maxWaitMs: number
}

/** A granted call. One of `done` and `giveBack` must be called. */
export interface Turn {
  /** `performance.now()` before the budget was asked: the grant holds from then on. */
  readonly askedAt: number
  done(outcome: CallOutcome): void
  giveBack(): void
}

export interface Turns {
  /**
   * Waits for a grant: by lane, then by age.
   * @throws FrontError `MR_FRONT_BUDGET_SPENT`, `MR_FRONT_BUDGET_FULL`; the reason of `signal` when that aborts
   */
  take(options: TurnOptions): Promise<Turn>
  waiting(lane: Lane): number
  /** As of the last asking; undefined before it. */
  view(): BudgetView | undefined
  /** Refuses all who wait. */
  close(): void
}

interface Waiter {
  readonly request: BudgetRequest
  readonly since: number
  readonly deadline: number
  notBefore: number
  /** What the budget last said; null before it was asked. */
  waitMs: number | null
  settle(result: { readonly turn: Turn } | { readonly error: unknown }): void
  /** Ends the waiting without a turn. */
  expire(): void
}

/** Of one lane asked at once; a lane whose first calls wait for their resource still gets on with the next. */
const ASKED_A_LANE = 4
const SHORTEST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500

/** The calls of this process that wait for the budget of one account. */
export function createTurns({ store, name, maxWaiting = 1_000, onTurn }: TurnsOptions): Turns {
  const queues = new Map<Lane, Set<Waiter>>(lanes.map((lane) => [lane, new Set()]))
  const queueOf = (lane: Lane) => queues.get(lane) ?? new Set<Waiter>()
  let view: BudgetView | undefined
  let isPumping = false
  let isClosed = false
  /** Of all who were refused for want of calls, `performance.now()`. */
  let pausedUntil = 0
  /** True when the first of a lane came while the budget was asked. */
  let hasNews = false
  let wake: (() => void) | undefined

  const total = () => lanes.reduce((sum, lane) => sum + queueOf(lane).size, 0)

  const nextBatch = (now: number): Waiter[] =>
    lanes.flatMap((lane) => {
      const ready: Waiter[] = []
      for (const waiter of queueOf(lane)) {
        if (waiter.notBefore <= now) ready.push(waiter)
        if (ready.length === ASKED_A_LANE) break
      }
      return ready
    })

  const askFor = async (batch: readonly Waiter[]): Promise<void> => {
    const askedAt = performance.now()
    hasNews = false
    const answer = await store.ask(batch.map(({ request }) => request))
    view = answer.view
    const now = performance.now()
    let pauseMs = Number.POSITIVE_INFINITY
    for (const [place, waiter] of batch.entries()) {
      const { decision, waitMs } = answer.verdicts[place] ?? { decision: 'spent', waitMs: LONGEST_PAUSE_MS }
      if (decision === 'plan' || decision === 'burst') {
        grant(waiter, { request: waiter.request, via: decision }, askedAt)
        continue
      }
      waiter.waitMs = waitMs
      if (decision === 'resource' || decision === 'search') waiter.notBefore = now + pauseOf(waitMs)
      else pauseMs = Math.min(pauseMs, pauseOf(waitMs))
      if (now >= waiter.deadline) waiter.expire()
    }
    // All who wait for the plan ask together again, so that the order among them holds.
    if (pauseMs < Number.POSITIVE_INFINITY && !hasNews) pausedUntil = now + pauseMs
  }

  const grant = (waiter: Waiter, call: GrantedCall, askedAt: number) => {
    // It gave up while the budget was asked.
    if (!queueOf(call.request.lane).delete(waiter)) return store.giveBack(call)
    onTurn?.(call.request.lane, performance.now() - waiter.since, call.via)
    waiter.settle({
      turn: {
        askedAt,
        done(outcome) {
          store.done(call, outcome)
          wakeUp()
        },
        giveBack() {
          store.giveBack(call)
          wakeUp()
        },
      },
    })
  }

  /** Something was freed: who waits may ask sooner. */
  const wakeUp = () => {
    const soon = performance.now() + SHORTEST_PAUSE_MS
    if (pausedUntil > soon) pausedUntil = soon
    for (const queue of queues.values())
      for (const waiter of queue) if (waiter.notBefore > soon) waiter.notBefore = soon
    wake?.()
  }

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(done, ms)
      function done() {
        clearTimeout(timer)
        wake = undefined
        resolve()
      }
      wake = done
    })

  const nextAt = () => {
    let next = Number.POSITIVE_INFINITY
    for (const queue of queues.values()) for (const { notBefore } of queue) next = Math.min(next, notBefore)
    return Math.max(next, pausedUntil)
  }

  const pump = async () => {
    isPumping = true
    while (total() > 0 && !isClosed) {
      const waitMs = nextAt() - performance.now()
      if (waitMs > 0) await pause(Math.ceil(waitMs))
      else await askFor(nextBatch(performance.now()))
    }
    isPumping = false
  }

  const enqueue = (waiter: Waiter) => {
    // What the budget said of those who wait need not hold for the first of a lane.
    if (queueOf(waiter.request.lane).size === 0) {
      pausedUntil = 0
      hasNews = true
    }
    queueOf(waiter.request.lane).add(waiter)
    if (!isPumping) void pump()
    else wake?.()
  }

  return {
    take: ({ lane, resource, isSearch = false, signal, maxWaitMs }) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        if (isClosed) return reject(new FrontError('MR_FRONT_BUDGET_SPENT', `${name}: the client is closed`))
        if (total() >= maxWaiting) return reject(full(name, maxWaiting))
        const give = (error: unknown) => {
          if (queueOf(lane).delete(waiter)) waiter.settle({ error })
        }
        const onAbort = () => give(signal?.reason)
        const expire = () => give(spent(name, lane, maxWaitMs, waiter.waitMs))
        const timer = setTimeout(() => waiter.waitMs === null || expire(), maxWaitMs)
        const since = performance.now()
        const waiter: Waiter = {
          request: { id: `${lane}/${randomUUID()}`, lane, resource, isSearch },
          since,
          deadline: since + maxWaitMs,
          notBefore: 0,
          waitMs: null,
          expire,
          settle(result) {
            clearTimeout(timer)
            signal?.removeEventListener('abort', onAbort)
            if ('turn' in result) resolve(result.turn)
            else reject(result.error)
          },
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        enqueue(waiter)
      }),
    waiting: (lane) => queueOf(lane).size,
    view: () => view,
    close() {
      isClosed = true
      for (const queue of queues.values()) {
        for (const waiter of queue) {
          queue.delete(waiter)
          waiter.settle({ error: new FrontError('MR_FRONT_BUDGET_SPENT', `${name}: the client is closed`) })
        }
      }
      wake?.()
    },
  }
}

/** Not all processes at the same moment. */
function pauseOf(waitMs: number): number {
  return Math.min(Math.max(waitMs, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS) * (1 + Math.random() / 5)
}

function full(name: string, maxWaiting: number): FrontError {
  return new FrontError('MR_FRONT_BUDGET_FULL', `${name}: ${maxWaiting} calls wait for their turn already`, {
    retryAfterMs: 1_000,
  })
}

function spent(name: string, lane: Lane, maxWaitMs: number, waitMs: number | null): FrontError {
  return new FrontError('MR_FRONT_BUDGET_SPENT', `${name}: no turn for lane ${lane} within ${maxWaitMs} ms`, {
    retryAfterMs: Math.max(SHORTEST_PAUSE_MS, waitMs ?? LONGEST_PAUSE_MS),
  })
}

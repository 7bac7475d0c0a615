import { setTimeout as delay } from 'node:timers/promises'
import type { AccountReader } from './read-account.ts'
import type { Polled } from './source-of-account.ts'
import type { Tracker } from './track-position.ts'

export interface PollAccountParts {
  readonly reader: AccountReader
  readonly tracker: Tracker
  /** What the sources and their modes ask for now; undefined while none of the account's sources is on. */
  polled(): Polled | undefined
  readonly intervalMs: number
  readonly reconcileMs: number
  /** Told of what ended a round; the next one comes all the same. */
  onFailure(error: unknown): void
  readonly signal: AbortSignal
}

/** How soon a changed mode is seen. */
const LOOK_MS = 500
const FIRST_RETRY_MS = 1_000
const MAX_RETRY_MS = 30_000

/** Polls one account, and reconciles it, until the signal aborts. What is slow or refused in one way does not hold up the others. */
export async function pollAccount(parts: PollAccountParts): Promise<void> {
  const { reader } = parts
  await Promise.all([
    keepPolling(parts),
    keepReconciling(parts, (polled) => reader.compare(polled)),
    keepReconciling(parts, (polled) => reader.readMissed(polled)),
  ])
}

async function keepPolling(parts: PollAccountParts): Promise<void> {
  let isFirst = true
  let failures = 0
  let wasTight = false
  while (!parts.signal.aborted) {
    const polled = parts.polled()
    if (polled !== undefined && wasTight && !polled.isTight) {
      // Nobody will look again for what Front listed late, and what webhooks brought of it was held back.
      wasTight = !(await attempt(parts, () => parts.reader.sweep(polled)))
    }
    if (polled?.isTight) {
      wasTight = true
      const isDone = await attempt(parts, () => parts.reader.poll(polled, isFirst))
      failures = isDone ? 0 : failures + 1
      isFirst &&= !isDone
    } else isFirst = true
    await rest(polled?.isTight ? retryAfter(failures, parts.intervalMs) : LOOK_MS, parts.signal)
  }
}

/** Does a round each period; after one that failed, sooner. */
async function keepReconciling(parts: PollAccountParts, round: (polled: Polled) => Promise<void>): Promise<void> {
  // What happened since the position was stored may have been missed by everybody.
  let dueAt = parts.tracker.wasKnown ? 0 : Date.now() + parts.reconcileMs
  let failures = 0
  while (!parts.signal.aborted) {
    const polled = parts.polled()
    if (polled === undefined || Date.now() < dueAt) {
      await rest(Math.min(LOOK_MS, Math.max(1, dueAt - Date.now())), parts.signal)
      continue
    }
    const startedAt = Date.now()
    const isDone = await attempt(parts, () => round(polled))
    failures = isDone ? 0 : failures + 1
    dueAt = isDone ? startedAt + parts.reconcileMs : Date.now() + retryAfter(failures, 0)
  }
}

async function attempt({ onFailure, signal }: PollAccountParts, round: () => Promise<void>): Promise<boolean> {
  try {
    await round()
    return true
  } catch (error) {
    if (!signal.aborted) onFailure(error)
    return false
  }
}

function retryAfter(failures: number, otherwise: number): number {
  return failures === 0 ? otherwise : Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1))
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {})
}

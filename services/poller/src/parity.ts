import { setTimeout as delay } from 'node:timers/promises'
import type { Running } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import type { Redis } from 'ioredis'
import { type ComparedAccount, comparedAccounts, followCopies, tellWindows } from './compare-ways.ts'
import { withLease } from './lease.ts'
import { type TriggerParts, watchBacklog, watchMissing, watchVerification } from './triggers.ts'

export interface ParityParts extends TriggerParts {
  readonly redis: Redis
  /** Time between two looks at what can be compared, milliseconds. */
  readonly everyMs: number
}

export interface RunningParity {
  readonly copies: Running
  close(): Promise<void>
}

const LEASE_MS = 10_000
/** How long a look waits for copies that were received before it to be noted. */
const NOTED_WITHIN_MS = 10_000
const LOOK_MS = 200

/**
 * Compares webhooks and polling of every account that is polled, and evaluates the triggers. All replicas note copies; the one with the lease tells
 * windows. Two that tell for a moment do no harm.
 */
export function startParity(parts: ParityParts): RunningParity {
  const stopping = new AbortController()
  const { signal } = stopping
  const copies = followCopies(parts)

  const lead = async () => {
    await withLease({ redis: parts.redis, key: 'parity:lease', ttlMs: LEASE_MS, signal }, async (held) => {
      while (!held.aborted) {
        await quietly(parts, held, () => tellAll(parts, held))
        await rest(parts.everyMs, held)
      }
    })
  }
  const leading = repeat(parts, signal, lead)
  const watching = repeat(parts, signal, () => watchBacklog(parts, accountsNow(parts), Date.now()))
  return {
    copies,
    close: async () => {
      stopping.abort()
      await Promise.all([leading, watching])
    },
  }
}

function accountsNow({ sources }: ParityParts): ComparedAccount[] {
  return [...comparedAccounts(sources()).values()]
}

async function tellAll(parts: ParityParts, signal: AbortSignal): Promise<void> {
  const accounts = accountsNow(parts)
  const receivedUntil = Date.now()
  for (const account of accounts) await watchVerification(parts, account, receivedUntil)
  if (!(await isNoted(parts, signal))) return
  for (const account of accounts) await tellAccount(parts, account, receivedUntil, signal)
}

async function tellAccount(
  parts: ParityParts,
  account: ComparedAccount,
  receivedUntil: number,
  signal: AbortSignal,
): Promise<void> {
  for await (const window of tellWindows(parts, account, receivedUntil)) {
    await watchMissing(parts, account, window)
    if (signal.aborted) return
  }
}

/** Whether every copy that has been received by now is noted, by whichever replica. */
async function isNoted({ kafka }: ParityParts, signal: AbortSignal): Promise<boolean> {
  const [ends, starts] = await Promise.all([kafka.ends(topics.received), kafka.starts(topics.received)])
  const deadline = performance.now() + NOTED_WITHIN_MS
  while (!signal.aborted && performance.now() < deadline) {
    const committed = await kafka.committed('poller-parity', topics.received)
    const isDone = ([partition, end]: [number, bigint]) =>
      end === starts.get(partition) || (committed.get(partition) ?? 0n) >= end
    if ([...ends].every(isDone)) return true
    await rest(LOOK_MS, signal)
  }
  return false
}

async function repeat(parts: ParityParts, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await quietly(parts, signal, work)
    await rest(parts.everyMs, signal)
  }
}

/** What fails now is looked at again next time. */
async function quietly({ log }: ParityParts, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!signal.aborted)
      log.warn({ error: (error as Error).message }, 'comparing webhooks and polling failed, will be repeated')
  }
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {})
}

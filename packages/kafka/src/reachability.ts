import type { Log } from './types.ts'

export interface Reachability {
  /** Something of ours got no answer; `since`: epoch milliseconds of the last answer or of the question. */
  silent(since: number): void
  answered(): void
}

export interface ReachabilityOptions {
  readonly log: Log
  readonly fields?: object
  /** Milliseconds without a new silence that make an answer the end of the outage: of several brokers only one may be away. */
  readonly quietMs?: number
}

/** One warning when Kafka stops answering, and one line when it answers again, with the seconds between. */
export function createReachability({ log, fields = {}, quietMs = 0 }: ReachabilityOptions): Reachability {
  let silentSince: number | undefined
  let lastSilence = 0
  return {
    silent(since) {
      lastSilence = Date.now()
      if (silentSince !== undefined) return
      silentSince = since
      log.warn(fields, 'Kafka does not answer')
    },
    answered() {
      if (silentSince === undefined || Date.now() - lastSilence < quietMs) return
      const seconds = Math.round((Date.now() - silentSince) / 100) / 10
      silentSince = undefined
      log.info({ ...fields, seconds }, 'Kafka answers again')
    },
  }
}

/** Milliseconds without any answer, at least: a member that has joined asks for records all the time, or tells in each session that it lives. */
const SILENT_AFTER_MS = 8_000
/** While it joins, an answer may wait for the other members, at most for a rebalance's time-out. */
const SILENT_WHILE_JOINING_MS = 20_000
const LOOK_EVERY_MS = 1_000

export interface AnswerWatch {
  answered(): void
  stop(): void
}

/** Notices that a consumer gets no answers, whatever its client does about that: a broker that is frozen refuses nothing. */
export function watchAnswers(
  reachability: Reachability,
  isJoined: () => boolean,
  sessionTimeoutMs: number,
): AnswerWatch {
  let last = Date.now()
  const timer = setInterval(() => {
    const limit = Math.max(sessionTimeoutMs, isJoined() ? SILENT_AFTER_MS : SILENT_WHILE_JOINING_MS)
    if (Date.now() - last > limit) reachability.silent(last)
  }, LOOK_EVERY_MS).unref()
  return {
    answered() {
      last = Date.now()
      reachability.answered()
    },
    stop: () => clearInterval(timer),
  }
}

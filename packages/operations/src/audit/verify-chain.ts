import type { AuditEntry } from '@millrace/schemas'
import type { SecretKeys } from '@millrace/signing'
import { auditKey, type ChainHead, checkMac, emptyHead, hashOf } from './chain.ts'

/** A record of the audit topic as it was read. */
export interface AuditRecord {
  readonly offset: bigint
  readonly key: string | null
  /** Null where the bytes are no entry, or not the bytes that the entry would be written as. */
  readonly entry: AuditEntry | null
  /** Why `entry` is null. */
  readonly problem?: string
}

/** A place where the chain does not hold. */
export interface ChainProblem {
  /** Of the record; null where something is missing at the end. */
  readonly offset: string | null
  readonly sequence: number | null
  /**
   * `bytes`: not what the console writes. `key`, `hash`: altered. `previous`: not the entry that belongs there. `sequence`: one is missing, or two
   * claim the same place. `start`: the first entry of all is missing. `mac`: not written by who has the keys. `head`: the end is not what it was.
   */
  readonly rule: 'bytes' | 'key' | 'hash' | 'previous' | 'sequence' | 'start' | 'mac' | 'head'
  readonly detail: string
}

export interface ChainReport {
  /** `empty`: there is no entry at all. */
  readonly state: 'whole' | 'broken' | 'empty'
  /** Entries, each counted once. */
  readonly entries: number
  /** Records that repeat an entry byte for byte, as after a lost answer of Kafka. */
  readonly repeated: number
  /** Sequence of the first entry that is still there; more than 1 once retention has taken older ones. */
  readonly first_sequence: number | null
  readonly head: ChainHead
  /** Epoch milliseconds of the last entry. */
  readonly head_at: number | null
  /** Macs checked with the keys at hand, and those that could not be. */
  readonly macs: { readonly good: number; readonly unchecked: number }
  /** At most 100. */
  readonly problems: readonly ChainProblem[]
  readonly problem_count: number
}

export interface VerifyOptions {
  /** With them, an entry that somebody else chained correctly is found too. */
  readonly keys?: SecretKeys | undefined
  /** An entry that must be there, as noted earlier: what was cut off at the end is found by it alone. */
  readonly expected?: ChainHead | undefined
}

const MAX_PROBLEMS = 100
/** Repeats come within seconds of the first. */
const REPEATS_WITHIN = 10_000

/**
 * Checks the entries from the first that is there to the last, in one pass and bounded memory. What retention took away from the beginning cannot be
 * told from what somebody deleted there, nor the end from what was never written: `expected` names an entry that has to be there.
 */
export async function verifyChain(
  records: AsyncIterable<AuditRecord> | Iterable<AuditRecord>,
  { keys, expected }: VerifyOptions = {},
): Promise<ChainReport> {
  const walk = startWalk(keys, expected)
  for await (const record of records) walk.meet(record)
  return walk.end()
}

function startWalk(keys: SecretKeys | undefined, expected: ChainHead | undefined) {
  const problems: ChainProblem[] = []
  const recent = new Map<string, number>()
  const macs = { good: 0, unchecked: 0 }
  let [count, entries, repeated] = [0, 0, 0]
  let first: number | null = null
  let last: AuditEntry | undefined
  let hasExpected = expected === undefined || expected.sequence === 0

  const found = (rule: ChainProblem['rule'], detail: string, at: { offset: bigint; sequence?: number } | null) => {
    count++
    if (problems.length >= MAX_PROBLEMS) return
    problems.push({ rule, detail, offset: at === null ? null : String(at.offset), sequence: at?.sequence ?? null })
  }

  const checkPlace = (entry: AuditEntry, offset: bigint) => {
    const at = { offset, sequence: entry.sequence }
    if (last === undefined) {
      first = entry.sequence
      if (entry.sequence === 1 && entry.previous_hash !== emptyHead.hash)
        found('start', 'the first entry names one before it', at)
      return
    }
    if (entry.sequence !== last.sequence + 1)
      found('sequence', `${entry.sequence} follows ${last.sequence}: one is missing, or was put in`, at)
    else if (entry.previous_hash !== last.hash)
      found('previous', `it does not hold the hash of entry ${last.sequence}`, at)
  }

  const checkSelf = (entry: AuditEntry, { offset, key }: AuditRecord) => {
    const at = { offset, sequence: entry.sequence }
    if (hashOf(entry) !== entry.hash) found('hash', 'its hash is not that of its fields: it was altered', at)
    if (key !== auditKey(entry)) found('key', 'its record key is not that of its tenant', at)
    if (keys === undefined) return
    const verdict = checkMac(entry, keys)
    if (verdict === 'good') macs.good++
    else if (verdict === 'wrong') found('mac', 'it was not written by who has MILLRACE_SECRET_KEYS', at)
    else macs.unchecked++
  }

  return {
    meet(record: AuditRecord): void {
      const { entry, offset } = record
      if (entry === null) {
        found('bytes', record.problem ?? 'no audit entry', { offset })
        return
      }
      const name = `${entry.sequence}:${entry.hash}`
      const isRepeat = recent.has(name)
      checkSelf(entry, record)
      if (isRepeat) {
        repeated++
        return
      }
      remember(recent, name, entry.sequence)
      checkPlace(entry, offset)
      entries++
      last = entry
      hasExpected ||= entry.sequence === expected?.sequence && entry.hash === expected.hash
    },
    end(): ChainReport {
      if (!hasExpected && (first === null || first <= (expected?.sequence ?? 0)))
        found('head', `entry ${expected?.sequence} with the hash that was noted is not there`, null)
      return {
        state: count > 0 ? 'broken' : entries === 0 ? 'empty' : 'whole',
        entries,
        repeated,
        first_sequence: first,
        head: last === undefined ? emptyHead : { sequence: last.sequence, hash: last.hash },
        head_at: last?.at ?? null,
        macs,
        problems,
        problem_count: count,
      }
    },
  }
}

function remember(recent: Map<string, number>, name: string, sequence: number): void {
  recent.set(name, sequence)
  const [oldest] = recent.keys()
  if (recent.size > REPEATS_WITHIN && oldest !== undefined) recent.delete(oldest)
}

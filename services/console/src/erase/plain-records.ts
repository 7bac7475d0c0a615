import { type Kafka, KEY_ID_HEADER, type RawRecord } from '@millrace/kafka'
import { personalTopics, SEGMENT_MS, scanTopics } from '@millrace/operations'
import type { Kysely } from 'kysely'
import type { Tables } from '../db/tables.ts'
import type { EraseParts } from './parts.ts'

const DAY_MS = 86_400_000
/** Services get the setting one after the other; a rollout is over within this. */
const ROLLOUT_MS = DAY_MS
/** Of each partition, from its beginning and its end: whoever still writes plain text is seen by its latest. */
const LATEST = 50n

/** Notes since when encryption has been on without a break, as far as this console was told. */
export async function noteEncryption(db: Kysely<Tables>, isEncrypted: boolean, now: number): Promise<void> {
  if (!isEncrypted) await db.deleteFrom('encryption_state').execute()
  else
    await db
      .insertInto('encryption_state')
      .values({ since: now })
      .onConflict((conflict) => conflict.column('single').doNothing())
      .execute()
}

/**
 * Until when topics may hold records that were written in plain text, of whomever, epoch milliseconds; null when none do: while encryption is off, was not
 * on yet, or where somebody still writes so.
 */
export async function plainUntil(
  { db, kafka, isEncrypted }: Pick<EraseParts, 'db' | 'kafka' | 'isEncrypted'>,
  at: number,
  signal: AbortSignal,
): Promise<number | null> {
  const longest = Math.max(...personalTopics().map(({ retentionMs }) => retentionMs)) + SEGMENT_MS
  if (!isEncrypted) return at + longest
  const { newest, oldest } = await lookedAtLately(kafka, signal)
  if (newest.isPlain) return at + longest
  const state = await db.selectFrom('encryption_state').select('since').executeTakeFirst()
  const since = state?.since ?? at
  if (!oldest.isPlain && oldest.at >= since) return null
  const until = since + ROLLOUT_MS + longest
  return until > at ? until : null
}

interface Sample {
  /** Whether one of them is not encrypted. */
  readonly isPlain: boolean
  /** Time of the earliest, epoch milliseconds. */
  readonly at: number
}

interface Samples {
  readonly newest: Sample
  readonly oldest: Sample
}

const LOOKS_COUNT_FOR_MS = 60_000
const looks = new WeakMap<Kafka, { readonly at: number; readonly samples: Promise<Samples> }>()

/** Many erasures at the same time share one look. */
function lookedAtLately(kafka: Kafka, signal: AbortSignal): Promise<Samples> {
  const known = looks.get(kafka)
  if (known !== undefined && Date.now() - known.at < LOOKS_COUNT_FOR_MS) return known.samples
  const samples = lookAtBothEnds(kafka, signal)
  looks.set(kafka, { at: Date.now(), samples })
  samples.catch(() => looks.delete(kafka))
  return samples
}

async function lookAtBothEnds(kafka: Kafka, signal: AbortSignal): Promise<Samples> {
  const topics = personalTopics()
  const [atStart, atEnd] = [new Map<string, bigint>(), new Map<string, bigint>()]
  const until = new Map<string, bigint>()
  await Promise.all(
    topics.map(async (topic) => {
      const [starts, ends] = await Promise.all([kafka.starts(topic), kafka.ends(topic)])
      for (const [partition, end] of ends) {
        const place = `${topic.name}/${partition}`
        const start = starts.get(partition) ?? 0n
        atStart.set(place, start)
        until.set(place, start + LATEST < end ? start + LATEST : end)
        atEnd.set(place, end - LATEST > start ? end - LATEST : start)
      }
    }),
  )
  const [oldest, newest] = await Promise.all([
    sampled(kafka, { from: atStart, until, signal }),
    sampled(kafka, { from: atEnd, signal }),
  ])
  return { oldest, newest }
}

async function sampled(
  kafka: Kafka,
  range: {
    readonly from: Map<string, bigint>
    readonly until?: ReadonlyMap<string, bigint>
    readonly signal: AbortSignal
  },
): Promise<Sample> {
  let [isPlain, at] = [false, Number.MAX_SAFE_INTEGER]
  const meet = ({ value, headers, timestamp }: RawRecord) => {
    at = Math.min(at, timestamp)
    if (value !== null && !headers.has(KEY_ID_HEADER)) isPlain = true
    return undefined
  }
  await scanTopics(kafka, personalTopics(), meet, range)
  return { isPlain, at }
}

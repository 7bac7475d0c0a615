import type { InRecord } from '@millrace/kafka'
import type { WebhookEvent } from '@millrace/schemas'
import { type ExtractedEvent, extractEvent } from './extract-event.ts'
import { extractorFor } from './extractors.ts'
import { type Answered, type AnswerPlace, giveAnswers } from './keep-answers.ts'
import { type LocaleOf, noLocales } from './locales.ts'

/**
 * Answers those who wait as soon as their event has come in: the answer is made of the event alone, so it need not wait for the transactions of
 * the events before it. The transaction of its own event takes over what was extracted here, and gives the answer where this did not.
 */
export interface EarlyAnswers {
  onArrival(records: readonly InRecord<WebhookEvent>[]): void
  /** What was made of a record here, once. */
  take(record: Pick<InRecord<WebhookEvent>, 'id'>): EarlyAnswer | undefined
}

interface EarlyAnswer {
  readonly extracted: ExtractedEvent
  /** Whether the answer has been given; waits for one that is on its way. */
  readonly isGiven: Promise<boolean>
}

/** Records whose turn never comes here (their partition went elsewhere) would otherwise stay for ever. */
const MAX_REMEMBERED = 1_000

export function createEarlyAnswers(
  place: AnswerPlace,
  localeOf: LocaleOf = noLocales,
  now: () => number = Date.now,
): EarlyAnswers {
  const early = new Map<string, EarlyAnswer>()
  const remember = (id: string, answer: EarlyAnswer) => {
    early.set(id, answer)
    const [oldest] = early.keys()
    if (early.size > MAX_REMEMBERED && oldest !== undefined) early.delete(oldest)
  }
  return {
    onArrival(records) {
      const answers = records.flatMap((record) => answerTo(record, now(), localeOf))
      if (answers.length === 0) return
      const isGiven = giveAnswers(place, answers, now()).then(
        () => true,
        () => false,
      )
      for (const { id, extracted } of answers) remember(id, { extracted, isGiven })
    },
    take({ id }) {
      const answer = early.get(id)
      early.delete(id)
      return answer
    },
  }
}

interface Extracted {
  readonly id: string
  readonly extracted: ExtractedEvent
}

/** What breaks here breaks again in its turn, which knows what to do about it. */
function answerTo(
  { id, value: event }: InRecord<WebhookEvent>,
  now: number,
  localeOf: LocaleOf,
): (Answered & Extracted)[] {
  const extractor = event === null || event.reply_to === null ? undefined : extractorFor(event)
  if (event === null || extractor === undefined) return []
  try {
    const extracted = extractEvent(event, extractor, now, localeOf)
    return [{ id, event, extracted, answer: extracted.answer }]
  } catch {
    return []
  }
}

import type { InRecord } from '@millrace/kafka'
import type { WebhookEvent } from '@millrace/schemas'
import type { Redis } from 'ioredis'
import { extractEvent } from './extract-event.ts'
import { extractorFor } from './extractors.ts'
import { type Answered, giveAnswers } from './keep-answers.ts'

/**
 * Answers those who wait as soon as their event has come in: the answer is made of the event alone, so it need not wait for the transactions of
 * the events before it. The transaction of its own event makes the same answer again, and gives it where this did not.
 */
export interface EarlyAnswers {
  onArrival(records: readonly InRecord<WebhookEvent>[]): void
  /** Whether the answer to a record has been given here; waits for one that is on its way. Asked once for each record. */
  isGiven(record: Pick<InRecord<WebhookEvent>, 'id'>): Promise<boolean>
}

/** Records whose turn never comes here (their partition went elsewhere) would otherwise stay for ever. */
const MAX_REMEMBERED = 10_000

export function createEarlyAnswers(redis: Redis, now: () => number = Date.now): EarlyAnswers {
  const given = new Map<string, Promise<boolean>>()
  const remember = (id: string, outcome: Promise<boolean>) => {
    given.set(id, outcome)
    const [oldest] = given.keys()
    if (given.size > MAX_REMEMBERED && oldest !== undefined) given.delete(oldest)
  }
  return {
    onArrival(records) {
      const answers = records.flatMap((record) => answerTo(record, now()))
      if (answers.length === 0) return
      const outcome = giveAnswers(redis, answers, now()).then(
        () => true,
        () => false,
      )
      for (const { id } of answers) remember(id, outcome)
    },
    isGiven({ id }) {
      const outcome = given.get(id)
      given.delete(id)
      return outcome ?? Promise.resolve(false)
    },
  }
}

/** What breaks here breaks again in its turn, which knows what to do about it. */
function answerTo({ id, value: event }: InRecord<WebhookEvent>, now: number): (Answered & { readonly id: string })[] {
  const extractor = event === null || event.reply_to === null ? undefined : extractorFor(event)
  if (event === null || extractor === undefined) return []
  try {
    return [{ id, event, answer: extractEvent(event, extractor, now).answer }]
  } catch {
    return []
  }
}

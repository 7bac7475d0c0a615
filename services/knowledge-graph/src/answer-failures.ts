import type { TransformOptions } from '@millrace/kafka'
import type { WebhookEvent } from '@millrace/schemas'
import { brokenAnswer } from './answer.ts'
import { type AnswerPlace, giveAnswers } from './keep-answers.ts'

/**
 * Tells those who wait for an event that its extraction failed, when the event is given up on as a whole: its outputs are refused, or reading it
 * breaks the batch. Without this they would wait until they time out.
 */
export function answerFailures(
  place: AnswerPlace,
  now: () => number = Date.now,
): NonNullable<TransformOptions<WebhookEvent>['beforeDeadLetter']> {
  return async (records) => {
    const answered = records.flatMap(({ value: event }) =>
      event === null || event.reply_to === null ? [] : [{ event, answer: brokenAnswer(event) }],
    )
    await giveAnswers(place, answered, now())
  }
}

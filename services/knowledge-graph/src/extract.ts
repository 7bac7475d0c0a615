import {
  createLoopBreaks,
  type DeadLetter,
  type InRecord,
  type OutRecord,
  type TransformBatch,
  type TransformResult,
} from '@millrace/kafka'
import type { WebhookEvent } from '@millrace/schemas'
import { brokenAnswer } from './answer.ts'
import type { EarlyAnswers } from './answer-early.ts'
import { type ExtractedEvent, extractEvent } from './extract-event.ts'
import { extractorFor } from './extractors.ts'
import { type Answered, type AnswerPlace, giveAnswers } from './keep-answers.ts'
import { type LocaleOf, noLocales } from './locales.ts'

export interface ExtractOptions extends AnswerPlace {
  /** Gives answers before their turn; without it all are given in turn. */
  readonly early?: EarlyAnswers
  /** Where each account's people write from. */
  readonly localeOf?: LocaleOf
  /** Called after the commit with every event that was read, for the counters. */
  readonly onExtracted?: (event: WebhookEvent, status: ExtractedEvent['status']) => void
  /** Epoch milliseconds. */
  readonly now?: () => number
}

/** The extract step as a transform: events in; observations, extractions and the answers of those who wait out. */
export function createExtract({
  redis,
  cipher,
  early,
  localeOf = noLocales,
  onExtracted,
  now = Date.now,
}: ExtractOptions) {
  return async (batch: TransformBatch<WebhookEvent>): Promise<TransformResult> => {
    const outputs: OutRecord<unknown>[] = []
    const deadLetters: DeadLetter[] = []
    const read: (Answered & Pick<ExtractedEvent, 'status'> & { readonly isGiven: Promise<boolean> | false })[] = []
    const loopBreak = createLoopBreaks()
    for (const record of batch.records) {
      await loopBreak()
      batch.signal.throwIfAborted()
      const known = early?.take(record)
      const extracted = known?.extracted ?? extractRecord(record, { now: now(), localeOf }, deadLetters)
      if (extracted === undefined || record.value === null) continue
      for (const output of extracted.outputs) outputs.push({ ...output, cause: record })
      const { answer, status } = extracted
      read.push({ event: record.value, answer, status, isGiven: known?.isGiven ?? false })
    }
    const asked = read.filter(({ event }) => event.reply_to !== null)
    const isGiven = await Promise.all(asked.map((each) => each.isGiven))
    await giveAnswers(
      { redis, cipher },
      asked.filter((_, place) => !isGiven[place]),
      now(),
    )
    return {
      outputs,
      deadLetters,
      afterCommit: async () => {
        for (const { event, status } of read) onExtracted?.(event, status)
      },
    }
  }
}

/** Undefined for what nobody extracts. An event on which extraction breaks becomes a dead letter, and its caller is told at once. */
function extractRecord(
  record: InRecord<WebhookEvent>,
  { now, localeOf }: { readonly now: number; readonly localeOf: LocaleOf },
  deadLetters: DeadLetter[],
): ExtractedEvent | undefined {
  const event = record.value
  const extractor = event === null ? undefined : extractorFor(event)
  if (event === null || extractor === undefined) return undefined
  try {
    return extractEvent(event, extractor, now, localeOf)
  } catch (error) {
    deadLetters.push({ record, error: error instanceof Error ? error : new Error(String(error)) })
    return { outputs: [], status: 'failed', answer: brokenAnswer(event) }
  }
}

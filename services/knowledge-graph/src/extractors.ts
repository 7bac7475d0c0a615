import type { WebhookEvent } from '@millrace/schemas'
import { taskExtractor } from './extract-task.ts'
import type { Extractor } from './extractor.ts'

/** Every extractor; a new kind of event is one more module here. */
const extractors: readonly Extractor[] = [taskExtractor]

const byType = new Map(extractors.flatMap((extractor) => extractor.types.map((type) => [type, extractor] as const)))

/**
 * The extractor of an event's type, or none. When a caller waits for the answer there is always one: a body without a task has another type,
 * and the task extractor can say what is wrong with it.
 */
export function extractorFor(event: Pick<WebhookEvent, 'type' | 'reply_to'>): Extractor | undefined {
  return byType.get(event.type) ?? (event.reply_to === null ? undefined : taskExtractor)
}

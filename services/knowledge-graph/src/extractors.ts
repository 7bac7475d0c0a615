import type { WebhookEvent } from '@millrace/schemas'
import { taskExtractor } from './extract-task.ts'
import type { Extractor } from './extractor.ts'
import { frontExtractor } from './front/extract-front.ts'

/** Every extractor of events; a new kind of event is one more module here. */
export const extractors: readonly Extractor[] = [taskExtractor, frontExtractor]

const byType = new Map(extractors.flatMap((extractor) => extractor.types.map((type) => [type, extractor] as const)))

/**
 * The extractor of an event's type, or none. When a caller waits for the answer there is always one: a body without a task has another type,
 * and the task extractor can say what is wrong with it.
 */
export function extractorFor(event: Pick<WebhookEvent, 'type' | 'reply_to'>): Extractor | undefined {
  const [kind] = event.type.split('.', 1)
  return byType.get(event.type) ?? byType.get(`${kind}.*`) ?? (event.reply_to === null ? undefined : taskExtractor)
}

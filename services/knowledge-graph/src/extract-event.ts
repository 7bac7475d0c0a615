import { aboutOf, parseJson } from '@millrace/domain'
import type { OutRecord } from '@millrace/kafka'
import type { WebhookEvent } from '@millrace/schemas'
import { failedAnswer, processedAnswer, reasonOf } from './answer.ts'
import { extractionRecord } from './extraction-record.ts'
import type { Extraction, Extractor, Graph, Problem } from './extractor.ts'
import { extractionId } from './graph-ids.ts'
import { type LocaleOf, noLocales } from './locales.ts'
import { type Observed, observationsOf } from './observations.ts'

/** What one event gives: the records to write and the answer for whoever waits. */
export interface ExtractedEvent {
  readonly outputs: readonly OutRecord<unknown>[]
  readonly answer: Buffer
  readonly status: 'processed' | 'failed'
}

/** Reads one event by its extractor. Pure, except that `now` (epoch ms) stamps the extraction's record. */
export function extractEvent(
  event: WebhookEvent,
  extractor: Extractor,
  now: number,
  localeOf: LocaleOf = noLocales,
): ExtractedEvent {
  const body = parseJson(event.payload)
  const observed = observedIn(event)
  const scope = {
    account: event.account,
    clientId: event.client_id,
    type: event.type,
    at: observed.at,
    locale: localeOf(event),
  }
  const extraction: Extraction = body.ok
    ? extractor.extract(body.value, scope)
    : { ok: false, problems: [{ pointer: '', rule: 'JSON' }] }
  const graph = extraction.ok ? extraction.graph : emptyGraph
  const id = extractionId(event.tenant, event.event_id, extractor.name, extractor.version)
  let made: Buffer | undefined
  // Of most events nobody asks for an answer.
  const answer = () => {
    made ??= extraction.ok
      ? processedAnswer(event, body.ok ? body.value : null, id, extractor, graph)
      : unreadable(event, extraction.problems)
    return made
  }
  // Kept for who asked; and for who wants to know why there is no graph.
  const reply = event.reply_to !== null || !extraction.ok ? answer() : null
  return {
    outputs: [
      ...observationsOf(observed, extractor, id, graph),
      extractionRecord(observed, extractor, id, { graph, reply, now }),
    ],
    status: extraction.ok ? 'processed' : 'failed',
    get answer() {
      return answer()
    },
  }
}

function observedIn(event: WebhookEvent): Observed {
  // A sender's clock that runs ahead would hold off all later news.
  const at = Math.min(event.occurred_at, event.received_at)
  return { tenant: event.tenant, id: event.event_id, aboutId: aboutOf(event), clientId: event.client_id, at }
}

const emptyGraph: Graph = { nodes: [], relationships: [], unread: [] }

function unreadable(event: WebhookEvent, problems: readonly Problem[]): Buffer {
  return failedAnswer(event, 'MR_KNOWLEDGE_TASK_UNREADABLE', `There is no graph of it: ${reasonOf(problems)}`, problems)
}

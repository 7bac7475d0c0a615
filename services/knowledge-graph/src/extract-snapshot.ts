import { createHash } from 'node:crypto'
import { parseJson } from '@millrace/domain'
import { createLoopBreaks, type OutRecord, type TransformBatch, type TransformResult } from '@millrace/kafka'
import type { ConversationSnapshot } from '@millrace/schemas'
import { snapshotBody } from './body-schemas.ts'
import { extractionRecord } from './extraction-record.ts'
import type { Extraction, Extractor, Scope } from './extractor.ts'
import { addConversation, endConversation } from './front/add-conversation.ts'
import { addMessage } from './front/add-message.ts'
import type { FrontContext } from './front/front-context.ts'
import { createGraphDraft } from './graph-draft.ts'
import { extractionId } from './graph-ids.ts'
import { type LocaleOf, noLocales } from './locales.ts'
import { observationsOf } from './observations.ts'

/** The graph of a conversation's snapshot: the same nodes, by the same ids, as from the events that led to it. */
export const snapshotExtractor: Extractor = {
  name: 'conversation-snapshot',
  version: 1,
  types: [],
  schema: snapshotBody,
  reads: 'a record of conversations.snapshots',
  extract: (body, scope) => extractSnapshot(body as ConversationSnapshot, scope),
}

function extractSnapshot(snapshot: ConversationSnapshot, { account, at, locale }: Scope): Extraction {
  const unread: string[] = []
  const draft = createGraphDraft()
  const context: FrontContext = { draft, account, at, locale, skip: (pointer) => unread.push(pointer) }
  const { state, conversation_id, merged_into } = snapshot
  if (state === 'live') readLive(context, snapshot)
  else endConversation(context, conversation_id, state === 'merged' ? merged_into : null)
  return { ok: true, graph: { ...draft.finish(), unread } }
}

/** In the words of Front's events, so that both are read by the same code. */
function readLive(context: FrontContext, snapshot: ConversationSnapshot): void {
  const { conversation_id: id, subject, status, created_at, assignee, recipient, tags } = snapshot
  const isComplete = snapshot.completeness === 'full'
  const fields = parseJson(Buffer.from(snapshot.custom_fields_json))
  const said = { subject, status, created_at, assignee, recipient, tags, custom_fields: fields.ok ? fields.value : {} }
  const known = Object.entries(said).filter(([, value]) => isComplete || value !== null)
  const conversation = addConversation(context, id, Object.fromEntries(known), { pointer: '', isComplete })
  snapshot.messages.forEach((message, index) => {
    const { attachments, is_truncated, ...words } = message
    const pointer = `/messages/${index}`
    // Bodies that the snapshot has no room for say nothing: what an event told of them stays.
    const { text, ...others } = words
    const said = text === null ? others : words
    addMessage(context, { ...said, attachments }, { conversation, pointer, isWhole: !is_truncated })
  })
  snapshot.comments.forEach(({ text, ...comment }, index) => {
    addMessage(context, { ...comment, body: text }, { conversation, pointer: `/comments/${index}` })
  })
}

/**
 * The id of a snapshot, by what it says: a version that is written again is the same one. What led to it, and which number it has, are not part
 * of that.
 */
export function snapshotId(snapshot: ConversationSnapshot): string {
  const { caused_by: _causes, pending: _pending, is_first: _first, fold_json: _fold, ...said } = snapshot
  return `snap_${createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 32)}`
}

/** Observations and the extraction's record of one snapshot. Pure, except that `now` (epoch ms) stamps the record. */
export function extractedFrom(
  snapshot: ConversationSnapshot,
  now: number,
  localeOf: LocaleOf = noLocales,
): OutRecord<unknown>[] {
  const { tenant, account, as_of: at } = snapshot
  const id = snapshotId(snapshot)
  const extraction = snapshotExtractor.extract(snapshot, {
    account,
    clientId: null,
    type: 'snapshot',
    at,
    locale: localeOf(snapshot),
  })
  if (!extraction.ok) return []
  const runId = extractionId(tenant, id, snapshotExtractor.name, snapshotExtractor.version)
  const observed = { tenant, id, aboutId: snapshot.conversation_id, clientId: null, at }
  return [
    ...observationsOf(observed, snapshotExtractor, runId, extraction.graph),
    extractionRecord(observed, snapshotExtractor, runId, { graph: extraction.graph, reply: null, now }),
  ]
}

/** The extract step for snapshots as a transform. A null, which follows 30 days after the end, says nothing new. */
export function createExtractSnapshots(localeOf: LocaleOf, now: () => number = Date.now) {
  return async ({ records, signal }: TransformBatch<ConversationSnapshot>): Promise<TransformResult> => {
    const outputs: OutRecord<unknown>[] = []
    const loopBreak = createLoopBreaks()
    for (const record of records) {
      await loopBreak()
      signal.throwIfAborted()
      if (record.value === null) continue
      for (const output of extractedFrom(record.value, now(), localeOf)) outputs.push({ ...output, cause: record })
    }
    return { outputs }
  }
}

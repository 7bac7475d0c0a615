import { randomUUID } from 'node:crypto'
import { ingestModeOf, topicKey } from '@millrace/domain'
import type { Kafka, Log, Table } from '@millrace/kafka'
import { type IngestMode, type Notice, topics } from '@millrace/schemas'
import type { Source } from '@millrace/service-kit'

export interface RollbackParts {
  readonly kafka: Kafka
  readonly modes: Pick<Table<IngestMode>, 'get'>
  readonly log: Log
}

/** What the poller tells operators. */
export type NoticeKind = 'rolled-back' | 'webhooks-missing' | 'verification-failures'

export type Told = Pick<Notice, 'severity' | 'text'> & { readonly kind: NoticeKind; readonly details?: object }

/** Writes a notice about a source. */
export async function tell({ kafka, log }: RollbackParts, source: Source, told: Told): Promise<void> {
  log.warn({ source: source.name, kind: told.kind }, told.text)
  await kafka.send(topics.notices, source.tenant, {
    tenant: source.tenant,
    notice_id: randomUUID(),
    at: Date.now(),
    severity: told.severity,
    kind: told.kind,
    writer: 'poller',
    subject: source.name,
    text: told.text,
    details_json: JSON.stringify(told.details ?? {}),
  })
}

/**
 * Has polling count for the source from now on, all of it, and tells why. Does nothing for a source that is not in mode webhook. Only a person takes
 * it back.
 */
export async function rollBack(
  parts: RollbackParts,
  source: Source,
  reason: string,
  details: object,
): Promise<boolean> {
  const key = topicKey(source.tenant, source.name)
  const { mode } = ingestModeOf(parts.modes.get(key))
  if (mode !== 'webhook') return false
  await parts.kafka.send(topics.modes, key, {
    tenant: source.tenant,
    source: source.name,
    mode: 'polling',
    inboxes: [],
    percent: 100,
    changed_at: Date.now(),
    changed_by: 'trigger',
    reason,
  })
  await tell(parts, source, {
    kind: 'rolled-back',
    severity: 'critical',
    text: `${source.name} was rolled back to polling: ${reason}. Webhooks are stored and held back. Once the cause is gone: millrace cutover ${source.name}.`,
    details,
  })
  return true
}

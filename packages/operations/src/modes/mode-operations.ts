import { defaultMode, type ModeRule, needsPolling, topicKey } from '@millrace/domain'
import type { Kafka } from '@millrace/kafka'
import { type IngestMode, type PollPosition, type Topic, topics } from '@millrace/schemas'
import { type GapRepair, gapRepairOf, type Source, type Sources } from '@millrace/service-kit'
import { z } from 'zod'
import { OperationsError, wrongField } from '../errors.ts'
import { readToEnd, requireTopic } from '../read-records.ts'
import { writeRecord } from '../write-record.ts'

/** A source, and whether what its webhooks miss can be had otherwise. */
export interface ModedSource {
  readonly source: Source
  readonly gaps: GapRepair
}

export const modes = ['webhook', 'polling', 'parallel'] as const

/** By which way a source is to count. */
export const modeInput = z
  .strictObject({
    mode: z.enum(modes, { error: `must be ${modes.join(', ')}` }),
    percent: z
      .int({ error: 'must be a whole number from 0 to 100' })
      .min(0, { error: 'must be a whole number from 0 to 100' })
      .max(100, { error: 'must be a whole number from 0 to 100' })
      .default(100)
      .describe('For this share of the conversations only; the others are polled.'),
    inboxes: z
      .array(z.string().regex(/^inb_[A-Za-z0-9]+$/, { error: 'must be an inbox id (inb_...)' }))
      .max(100)
      .default([])
      .describe('For conversations of these inboxes only; the others are polled.'),
  })
  .refine(({ mode, percent, inboxes }) => mode !== 'polling' || (percent === 100 && inboxes.length === 0), {
    path: ['mode'],
    error: 'polling is for all conversations: narrow what webhooks count for',
  })
  .meta({ id: 'ModeInput' })

/** @throws OperationsError `MR_OPERATIONS_NOT_FOUND` */
export function modedSourceOf({ sources, accounts }: Sources, name: string, tenant?: string): ModedSource {
  const source = sources.find((each) => each.name === name && (tenant === undefined || each.tenant === tenant))
  if (source !== undefined) return { source, gaps: gapRepairOf(source, accounts) }
  const names = sources
    .flatMap((each) => (tenant === undefined || each.tenant === tenant ? [each.name] : []))
    .join(', ')
  throw new OperationsError('MR_OPERATIONS_NOT_FOUND', `there is no source ${name}; configured: ${names}`)
}

/** The mode record of a source; undefined when none was ever set. */
export function readMode(kafka: Kafka, { tenant, name }: Source): Promise<IngestMode | undefined> {
  return lastOf(kafka, topics.modes, topicKey(tenant, name))
}

/** Up to where polling has read the source's account; undefined when it was never polled. */
export function readPosition(kafka: Kafka, { tenant, account }: Source): Promise<PollPosition | undefined> {
  return lastOf(kafka, topics.positions, topicKey(tenant, account))
}

async function lastOf<V>(kafka: Kafka, topic: Topic<V>, key: string): Promise<V | undefined> {
  await requireTopic(kafka, topic as Topic<unknown>)
  let last: V | null = null
  for await (const record of readToEnd(kafka, topic as Topic<unknown>)) {
    if (record.key === key) last = kafka.decode(topic, record)
  }
  return last ?? undefined
}

/**
 * Sets by which way a source counts; every replica follows within 5 s. Never waits for approval: going back must be possible at once.
 * @throws OperationsError `MR_OPERATIONS_NO_API` when the rule leaves conversations to polling and the source cannot be polled: they would get no events
 * at all; `MR_OPERATIONS_INPUT`
 */
export async function writeMode(
  kafka: Kafka,
  { source, gaps }: ModedSource,
  rule: Pick<ModeRule, 'mode' | 'percent' | 'inboxes'>,
  reason = '',
): Promise<IngestMode> {
  if (!modeInput.safeParse(rule).success) throw wrongField('/mode', 'breaks a rule of modes')
  if (needsPolling(rule) && gaps.state !== 'possible')
    throw new OperationsError(
      'MR_OPERATIONS_NO_API',
      `${source.name} cannot be polled, so this mode would leave events out: ${gaps.text}`,
    )
  const mode: IngestMode = {
    tenant: source.tenant,
    source: source.name,
    mode: rule.mode,
    percent: rule.percent,
    inboxes: [...rule.inboxes],
    changed_at: Date.now(),
    changed_by: 'person',
    reason,
  }
  await writeRecord(kafka, topics.modes, topicKey(source.tenant, source.name), mode)
  return mode
}

/** What a source without a record has. */
export function ruleOf(record: IngestMode | undefined): Pick<IngestMode, 'mode' | 'percent' | 'inboxes'> {
  const { mode, percent, inboxes } = record ?? defaultMode
  return { mode, percent, inboxes: [...inboxes] }
}

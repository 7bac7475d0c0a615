import { defaultMode, isPartial, type ModeRule, needsPolling, topicKey } from '@millrace/domain'
import type { Kafka } from '@millrace/kafka'
import { type IngestMode, type PollPosition, type Topic, topics } from '@millrace/schemas'
import { type GapRepair, gapRepairOf, readSources, type Source } from '@millrace/service-kit'
import { usage } from './command.ts'
import { CliError } from './errors.ts'
import { readToEnd, requireTopic } from './read-records.ts'
import type { CliSettings } from './settings.ts'
import { writeRecord } from './write-record.ts'

/** A source, and whether what its webhooks miss can be had otherwise. */
export interface ModedSource {
  readonly source: Source
  readonly gaps: GapRepair
}

/** @throws CliError `MR_CLI_NOT_FOUND`, ServiceKitError for a sources file that breaks its rules */
export async function findModedSource(settings: CliSettings, name: string): Promise<ModedSource> {
  const { sources, accounts } = await readSources(settings)
  const source = sources.find((each) => each.name === name)
  if (source === undefined) {
    const names = sources.map((each) => each.name).join(', ')
    throw new CliError('MR_CLI_NOT_FOUND', `there is no source ${name}; configured: ${names}`)
  }
  return { source, gaps: gapRepairOf(source, accounts) }
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
 * Sets by which way a source counts.
 * @throws CliError `MR_CLI_NO_API` when the rule leaves conversations to polling and the source cannot be polled: they would get no events at all
 */
export async function writeMode(kafka: Kafka, { source, gaps }: ModedSource, rule: ModeRule): Promise<IngestMode> {
  if (needsPolling(rule) && gaps.state !== 'possible') {
    throw new CliError(
      'MR_CLI_NO_API',
      `${source.name} cannot be polled, so this mode would leave events out: ${gaps.text}`,
    )
  }
  const mode: IngestMode = {
    tenant: source.tenant,
    source: source.name,
    ...rule,
    changed_at: Date.now(),
    changed_by: 'person',
    reason: '',
  }
  await writeRecord(kafka, topics.modes, topicKey(source.tenant, source.name), mode)
  return mode
}

/** Options that narrow a mode to a part of the conversations. */
export const shareOptions = {
  percent: {
    type: 'string',
    value: 'N',
    doc: 'For this share of the conversations only (0 to 100); the others are polled.',
  },
  inbox: {
    type: 'string',
    value: 'IDS',
    doc: 'For conversations of these inboxes only (inb_1,inb_2); the others are polled.',
  },
} as const

interface ShareOptions {
  readonly percent?: string
  readonly inbox?: string
}

/** What the options say of the share; what they leave open is all. @throws CliError `MR_CLI_USAGE` */
export function shareOf(
  { percent = '100', inbox }: ShareOptions,
  command: string,
): Pick<ModeRule, 'percent' | 'inboxes'> {
  if (!/^\d{1,3}$/.test(percent) || Number(percent) > 100)
    throw usage(`--percent is a whole number from 0 to 100, not "${percent}"`, command)
  const inboxes = inbox === undefined ? [] : inbox.split(',').map((id) => id.trim())
  const odd = inboxes.find((id) => !/^inb_[A-Za-z0-9]+$/.test(id))
  if (odd !== undefined) throw usage(`--inbox takes ids such as inb_1,inb_2; "${odd}" is none`, command)
  return { percent: Number(percent), inboxes }
}

const meanings: Readonly<Record<string, string>> = {
  webhook: 'webhooks count; polling fills gaps',
  parallel: 'webhooks and polled copies both count, each event once, and are compared',
  polling: 'polled copies count; webhooks are verified, stored, answered 2xx and held back',
}

/** A mode in a line: `webhook for 25 % of the conversations, the others are polled`. */
export function modeText(rule: ModeRule): string {
  if (!isPartial(rule)) return `${rule.mode} for all conversations`
  const share = rule.percent < 100 ? `${rule.percent} % of the conversations` : 'the conversations'
  const where = rule.inboxes.length > 0 ? ` of ${rule.inboxes.join(', ')}` : ''
  return `${rule.mode} for ${share}${where}, the others are polled`
}

export interface ShownMode {
  readonly moded: ModedSource
  readonly record: IngestMode | undefined
  readonly position?: PollPosition | undefined
}

/** A mode for people. */
export function modeLines({ moded: { source, gaps }, record, position }: ShownMode): string[] {
  const rule = record ?? defaultMode
  return [
    `source    ${source.name}`,
    `mode      ${modeText(rule)}`,
    `means     ${meanings[rule.mode] ?? 'a mode that this version does not know'}`,
    ...(record === undefined
      ? ['since     always: no mode was ever set']
      : [`since     ${time(record.changed_at)}, set by a ${record.changed_by}`]),
    ...(record?.reason ? [`because   ${record.reason}`] : []),
    ...(position === undefined ? [] : [`polled    everything that happened before ${time(position.events_until)}`]),
    `gaps      ${gaps.text}`,
  ]
}

/** The same for programs. */
export function modeJson({ moded: { source, gaps }, record, position }: ShownMode): string {
  const { mode, inboxes, percent } = record ?? defaultMode
  return JSON.stringify({
    source: source.name,
    tenant: source.tenant,
    mode,
    inboxes,
    percent,
    changed_at: record?.changed_at ?? null,
    changed_by: record?.changed_by ?? null,
    reason: record?.reason ?? '',
    polled_until: position?.events_until ?? null,
    gap_repair: gaps.state,
  })
}

function time(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}

import { defaultMode, isPartial, type ModeRule } from '@millrace/domain'
import { type ModedSource, modedSourceOf, writeMode } from '@millrace/operations'
import type { IngestMode, PollPosition } from '@millrace/schemas'
import { readSources } from '@millrace/service-kit'
import { noteNoConsole } from './change-endpoints.ts'
import { type Terminal, usage } from './command.ts'
import { asked, consoleOf } from './console.ts'
import type { CliSettings } from './settings.ts'
import type { Connected } from './with-kafka.ts'

/** @throws OperationsError `MR_OPERATIONS_NOT_FOUND`, ServiceKitError for a sources file that breaks its rules */
export async function findModedSource(settings: CliSettings, name: string): Promise<ModedSource> {
  return modedSourceOf(await readSources(settings), name)
}

/**
 * Sets by which way a source counts: by the console where MILLRACE_CONSOLE_URL is set, else in the topic itself, and says so.
 * @throws CliError `MR_CLI_CONSOLE_REFUSED`, OperationsError `MR_OPERATIONS_NO_API` where conversations would be left to polling that cannot be
 */
export async function changeMode(
  { kafka, settings }: Connected,
  moded: ModedSource,
  rule: Pick<ModeRule, 'mode' | 'percent' | 'inboxes'>,
  terminal: Terminal,
): Promise<Pick<IngestMode, 'mode' | 'percent' | 'inboxes'>> {
  const client = consoleOf(settings)
  if (client === undefined) {
    const written = await writeMode(kafka, moded, rule)
    noteNoConsole(terminal)
    return written
  }
  const { tenant, name: source } = moded.source
  const body = { mode: rule.mode as 'webhook', percent: rule.percent, inboxes: [...rule.inboxes] }
  const path = '/api/v1/tenants/{tenant}/sources/{source}/mode'
  const { now } = await asked(client.PUT(path, { params: { path: { tenant, source } }, body }))
  return now as IngestMode
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

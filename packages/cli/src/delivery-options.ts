import type { DeadFilter } from '@millrace/operations'
import { usage } from './command.ts'

/** Options by which dead deliveries are chosen. */
export const deadOptions = {
  tenant: { type: 'string', value: 'NAME', doc: 'Only those of this tenant.' },
  endpoint: { type: 'string', value: 'ID', doc: 'Only those for this endpoint.' },
  code: {
    type: 'string',
    value: 'CODE',
    doc: 'Only those that died of this code (MR_DELIVERY_GONE ...), or whose last try ended in it.',
  },
  type: { type: 'string', value: 'TYPE', doc: 'Only those of this event type; prefix.* is taken.' },
  conversation: { type: 'string', value: 'ID', doc: 'Only those of this conversation.' },
  id: { type: 'list', value: 'ID', doc: 'Only this delivery (its webhook-id); several times for several.' },
  since: { type: 'string', value: 'TIME', doc: 'Only those given up since: an ISO 8601 time, or 30m, 6h, 3d ago.' },
  until: { type: 'string', value: 'TIME', doc: 'Only those given up before, in the same forms.' },
} as const

type Given = {
  readonly [K in keyof typeof deadOptions]?: (typeof deadOptions)[K]['type'] extends 'list' ? readonly string[] : string
}

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** @throws CliError `MR_CLI_USAGE` for a time that is none */
export function filterOf({ id, since, until, ...rest }: Given, command: string, now = Date.now()): DeadFilter {
  return {
    ...rest,
    ids: id,
    since: since === undefined ? undefined : timeOf('--since', since, command, now),
    until: until === undefined ? undefined : timeOf('--until', until, command, now),
  }
}

/** Epoch milliseconds of an ISO 8601 time, or of so long ago (`90s`, `30m`, `6h`, `3d`). @throws CliError `MR_CLI_USAGE` */
export function timeOf(option: string, text: string, command: string, now: number): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  if (count !== undefined) return now - Number(count) * UNITS[unit as keyof typeof UNITS]
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) throw usage(`${option} is a time such as 2026-11-23T10:00:00Z or 6h, not "${text}"`, command)
  return at
}

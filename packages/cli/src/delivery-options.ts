import type { DeadFilter } from '@millrace/operations'
import { readTime } from './read-time.ts'

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
  since: { type: 'string', value: 'TIME', doc: 'Only those given up since: 30m, 6h, 3d ago, or a time with its zone.' },
  until: { type: 'string', value: 'TIME', doc: 'Only those given up before, in the same forms.' },
} as const

type Given = {
  readonly [K in keyof typeof deadOptions]?: (typeof deadOptions)[K]['type'] extends 'list' ? readonly string[] : string
}

/** @throws CliError `MR_CLI_USAGE` for a time that is none */
export function filterOf({ id, since, until, ...rest }: Given, command: string, now = Date.now()): DeadFilter {
  return {
    ...rest,
    ids: id,
    since: since === undefined ? undefined : readTime(since, now, '--since', command),
    until: until === undefined ? undefined : readTime(until, now, '--until', command),
  }
}

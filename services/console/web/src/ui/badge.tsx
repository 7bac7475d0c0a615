import type { ReactNode } from 'react'

export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'info'

/** A state in a word. Colour only repeats what the word says. */
export function Badge({ tone = 'plain', children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return <span className={`badge is-${tone}`}>{children}</span>
}

const tones: Readonly<Record<string, Tone>> = {
  processed: 'good',
  delivered: 'good',
  succeeded: 'good',
  done: 'good',
  approved: 'good',
  executed: 'good',
  ready: 'good',
  open: 'info',
  live: 'good',
  pending: 'info',
  running: 'info',
  requested: 'info',
  waiting: 'info',
  retrying: 'warn',
  degraded: 'warn',
  half_open: 'warn',
  disabled: 'warn',
  expired: 'warn',
  cancelled: 'plain',
  paused: 'warn',
  failed: 'bad',
  dead: 'bad',
  refused: 'bad',
  down: 'bad',
}

/** A status as the API spells it, with the tone that its word has everywhere. */
export function Status({ of }: { readonly of: string }) {
  return <Badge tone={tones[of] ?? 'plain'}>{of.replaceAll('_', ' ')}</Badge>
}

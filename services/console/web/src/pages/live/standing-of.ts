import type { Tone } from '../../ui/badge.tsx'
import type { EventStream } from './use-event-stream.ts'

/** How the tail stands, in a word. An open stream of a ledger that does not follow the topics is not live. */
export function standingOf({ state, ledger }: Pick<EventStream, 'state' | 'ledger'>): {
  readonly word: string
  readonly tone: Tone
} {
  if (state === 'opening') return { word: 'opening', tone: 'info' }
  if (state === 'broken') return { word: 'broken, trying again', tone: 'bad' }
  if (ledger === 'stale') return { word: 'open, nothing new comes', tone: 'warn' }
  if (ledger === 'catching-up') return { word: 'catching up', tone: 'info' }
  return { word: 'live', tone: 'good' }
}

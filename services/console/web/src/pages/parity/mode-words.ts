import type { Source } from '../../app/answers.ts'

type Mode = NonNullable<Source['mode']>

/** By which way events count, and for which of them, in words. */
export function modeWords(mode: Pick<Mode, 'mode' | 'inboxes' | 'percent'> | null): string {
  if (mode === null) return 'webhooks count'
  const what: Readonly<Record<string, string>> = {
    webhook: 'webhooks count',
    polling: 'polling counts, webhooks are held back',
    parallel: 'both count, each event once',
  }
  const where = mode.inboxes.length === 0 ? '' : ` in ${mode.inboxes.join(', ')}`
  const share = mode.percent === 100 ? '' : ` for ${mode.percent} % of the conversations`
  const rest = where + share === '' ? '' : '; the others are polled'
  return `${what[mode.mode] ?? mode.mode}${share}${where}${rest}`
}

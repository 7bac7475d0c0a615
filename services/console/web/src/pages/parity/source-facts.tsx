import { Link } from 'wouter'
import type { Source } from '../../app/answers.ts'
import { CopyText } from '../../ui/copy-text.tsx'
import { Facts } from '../../ui/page.tsx'
import { Ago, Time } from '../../ui/time.tsx'
import { formatCount } from '../../ui/time-format.ts'
import { modeWords } from './mode-words.ts'

/** What is configured for a sender and what came of late. */
export function SourceFacts({ of }: { readonly of: Source }) {
  const { mode, last_refused: refused } = of
  return (
    <Facts
      of={[
        ['Provider', `${of.provider}, account ${of.account}`],
        ['Posts to', <CopyText key="url" text={of.url} what="address" />],
        ['Proven by', of.schemes.join(', ')],
        [
          'Mode',
          <span key="mode">
            {modeWords(mode)}
            {mode !== null && (
              <span className="soft">
                {' '}
                since <Time at={mode.changed_at} />
                {mode.changed_by === 'trigger' ? ', by itself' : ''}
                {mode.reason === '' ? '' : `: ${mode.reason}`}
              </span>
            )}
          </span>,
        ],
        [
          'Last event',
          <span key="last">
            <Ago at={of.last_event_at} /> <span className="soft">({formatCount(of.events_last_day)} in 24 h, </span>
            <Link href={`/events?source=${encodeURIComponent(of.name)}`}>show</Link>
            <span className="soft">)</span>
          </span>,
        ],
        [
          'Refused',
          of.refused_last_day > 0 && (
            <span key="refused">
              {formatCount(of.refused_last_day)} in 24 h
              {refused !== null && (
                <span className="soft">
                  ; last <Time at={refused.at} />: {refused.rule}
                  {refused.mistakes.length > 0 ? ` (${refused.mistakes.join(', ')})` : ''}
                </span>
              )}
            </span>
          ),
        ],
        ['Enabled', of.is_enabled ? undefined : 'no'],
      ]}
    />
  )
}

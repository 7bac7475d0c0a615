import type { LiveGap } from '../../app/answers.ts'
import { Badge } from '../../ui/badge.tsx'
import { Time } from '../../ui/time.tsx'
import { standingOf } from './standing-of.ts'
import type { EventStream } from './use-event-stream.ts'

const reasons: Readonly<Record<LiveGap['reason'], string>> = {
  'too-old': 'more came while the stream was broken than is sent again',
  rebuilt: 'the ledger was rebuilt',
  unknown: 'where the stream broke off is not known any more',
}

/** Whether the stream runs, and whether something was left out of it. */
export function StreamState({ stream }: { readonly stream: EventStream }) {
  const { word, tone } = standingOf(stream)
  return (
    <span className="row" role="status">
      {stream.gap && (
        <Badge tone="warn">
          <span>
            gap at <Time at={stream.gap.at} />: {reasons[stream.gap.reason]}
          </span>
        </Badge>
      )}
      <Badge tone={tone}>{word}</Badge>
    </span>
  )
}

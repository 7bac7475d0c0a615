import { Badge } from '../../ui/badge.tsx'
import { Time } from '../../ui/time.tsx'
import type { EventStream } from './use-event-stream.ts'

const reasons: Readonly<Record<string, string>> = {
  slow: 'more came than this page took',
  'too-old': 'more came while the stream was broken than is sent again',
  rebuilt: 'the ledger was rebuilt',
}

/** Whether the stream runs, and whether something was left out of it. */
export function StreamState({ stream }: { readonly stream: EventStream }) {
  return (
    <span className="row" role="status">
      {stream.gap && (
        <Badge tone="warn">
          gap at <Time at={stream.gap.at} />: {reasons[stream.gap.reason] ?? stream.gap.reason}
        </Badge>
      )}
      {stream.state === 'open' && <Badge tone="good">live</Badge>}
      {stream.state === 'opening' && <Badge tone="info">opening</Badge>}
      {stream.state === 'broken' && <Badge tone="bad">broken, trying again</Badge>}
    </span>
  )
}

import { useState } from 'react'
import type { EventDetail, Timeline } from '../app/answers.ts'
import { useTenantGet } from '../app/api.ts'
import { useCan } from '../app/tenant.tsx'
import { Button } from '../ui/button.tsx'
import { ReplayIcon } from '../ui/icons.tsx'
import { Page } from '../ui/page.tsx'
import { QueryState } from '../ui/query-state.tsx'
import { useNow } from '../ui/time.tsx'
import { EventFacts } from './event/event-facts.tsx'
import { PayloadViewer } from './event/payload-viewer.tsx'
import { ReplayDialog } from './event/replay-dialog.tsx'
import { ReplayNote } from './event/replay-note.tsx'
import { runsOf } from './event/runs.ts'
import { Waterfall } from './event/waterfall.tsx'
import { eventHref } from './events/columns.tsx'

const FOLLOW_MS = 1_500
/** How long what may come of a replay is looked for. */
const FOLLOW_FOR_MS = 120_000
const REFRESH_MS = 10_000

/** The whole story of one event: its way through every hop, each run of it, each delivery, and its payload. */
export function EventPage({ id }: { readonly id: string }) {
  const [replay, setReplay] = useState<{ readonly id: string; readonly at: number } | null>(null)
  const [isAsking, setAsking] = useState(false)
  const everyMs = useFollowing(replay?.at) ? FOLLOW_MS : REFRESH_MS
  const event = useTenantGet<EventDetail>(eventHref(id), { everyMs })
  const timeline = useTenantGet<Timeline>(`${eventHref(id)}/timeline`, {
    everyMs: (data) => (data?.ended_at === null ? FOLLOW_MS : everyMs),
  })
  const canReplay = useCan('operator')
  return (
    <Page
      title={event.data?.type ?? 'Event'}
      actions={
        event.data && (
          <Button
            kind="primary"
            disabled={!canReplay}
            title={canReplay ? undefined : 'Needs the role operator'}
            onClick={() => setAsking(true)}
          >
            <ReplayIcon /> Replay
          </Button>
        )
      }
    >
      <div className="stack">
        {replay && <ReplayNote replayId={replay.id} />}
        <QueryState query={event}>{(data) => <EventFacts event={data} />}</QueryState>
        {(event.data !== undefined || !event.isError) && (
          <QueryState query={timeline}>{(data) => <Runs timeline={data} event={event.data} />}</QueryState>
        )}
        {event.data && <PayloadViewer eventId={id} bytes={event.data.payload_bytes} />}
      </div>
      {isAsking && (
        <ReplayDialog
          eventId={id}
          onClose={() => setAsking(false)}
          onStarted={(started) => {
            setAsking(false)
            setReplay({ id: started.replay_id, at: Date.now() })
          }}
        />
      )}
    </Page>
  )
}

function Runs({ timeline, event }: { readonly timeline: Timeline; readonly event: EventDetail | undefined }) {
  const runs = runsOf(timeline.spans)
  return (
    <>
      {timeline.is_truncated && <p className="note">Only the first 500 steps are shown.</p>}
      {runs.map((run, at) => (
        <Waterfall
          key={run.runId ?? 'first'}
          run={run}
          title={at === 0 ? 'Its way through Millrace' : `Run ${at + 1}`}
          cause={event?.runs.find(({ run_id }) => run_id === run.runId)}
        />
      ))}
    </>
  )
}

function useFollowing(since: number | undefined): boolean {
  const now = useNow()
  return since !== undefined && now - since < FOLLOW_FOR_MS
}

import { Link } from 'wouter'
import type { Replay } from '../../app/answers.ts'
import { useTenantGet } from '../../app/api.ts'
import { Status } from '../../ui/badge.tsx'
import { isEnded } from '../../ui/job-progress.tsx'

const FOLLOW_MS = 1_000

/** How far the replay is that was just asked for. */
export function ReplayNote({ replayId }: { readonly replayId: string }) {
  const { data } = useTenantGet<Replay>(`/replays/${encodeURIComponent(replayId)}`, {
    everyMs: (replay) => (replay && isEnded(replay) ? false : FOLLOW_MS),
  })
  return (
    <p className="note" role="status">
      <span>Replay {data === undefined ? 'asked for' : <Status of={data.state} />}</span>
      {data?.waits_for && <span>{data.waits_for}</span>}
      {data?.error && <span>{data.error}</span>}
      {data?.state === 'waiting-for-approval' && data.approval_id !== null && (
        <span>
          It waits for a second person: <Link href={`/approvals/${data.approval_id}`}>see the request</Link>.
        </span>
      )}
      {data?.state === 'done' && <span>What comes of it shows below as a further run.</span>}
    </p>
  )
}

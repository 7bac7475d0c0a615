import { useState } from 'react'
import type { EventRun, TimelineSpan } from '../../app/answers.ts'
import { useMe } from '../../app/session.tsx'
import { Button } from '../../ui/button.tsx'
import { Panel } from '../../ui/page.tsx'
import { Time, useNow } from '../../ui/time.tsx'
import { formatDuration } from '../../ui/time-format.ts'
import { depthOf, lengthOf, type Run } from './runs.ts'
import { chooseKind, makeScale, type Scale } from './scale.ts'
import { SpanRow } from './span-row.tsx'

export interface WaterfallProps {
  readonly run: Run
  /** What asked for this run; undefined for the first. */
  readonly cause: EventRun | undefined
  readonly title: string
}

/** One run of the event as bars on a time axis, from its first moment on. */
export function Waterfall({ run, cause, title }: WaterfallProps) {
  const isWaiting = run.spans.some(({ state }) => state === 'waiting')
  const now = useNow()
  const total = lengthOf(run, isWaiting ? now : run.startedAt)
  const [chosen, choose] = useState<Scale['kind'] | null>(null)
  const kind = chosen ?? chooseKind(offsetsOf(run.spans, run.startedAt), total)
  const scale = makeScale(kind, total)
  const other = kind === 'even' ? 'stretched' : 'even'
  return (
    <Panel
      title={title}
      isFlush
      actions={
        <span className="row small soft">
          <span>
            <Time at={run.startedAt} detail="milliseconds" />
            {isWaiting ? `, ${formatDuration(total)} so far` : `, ${formatDuration(total)} in all`}
          </span>
          <Button size="small" kind="quiet" onClick={() => choose(other)}>
            {kind === 'even' ? 'Stretch the beginning' : 'Even time axis'}
          </Button>
        </span>
      }
    >
      {cause && <RunCause cause={cause} />}
      <div className="waterfall">
        <Axis scale={scale} />
        <ol aria-label={`${title}, in order of time`}>
          {run.spans.map((span) => (
            <SpanRow
              key={span.id}
              span={span}
              depth={depthOf(span, run.spans)}
              startedAt={run.startedAt}
              now={now}
              scale={scale}
            />
          ))}
        </ol>
      </div>
    </Panel>
  )
}

function RunCause({ cause }: { readonly cause: EventRun }) {
  const me = useMe()
  if (cause.kind === 'repeat')
    return <p className="run-cause">The same event came again after the window of deduplication.</p>
  return (
    <p className="run-cause">
      Replayed for {cause.target_kind === 'endpoint' ? 'endpoint' : 'consumer group'} <code>{cause.target}</code>
      {cause.requested_by !== null && <> by {cause.requested_by === me.id ? 'you' : cause.requested_by}</>}
      {cause.keeps_ids === false ? ', deliveries with new ids.' : ', deliveries keep their ids.'}
    </p>
  )
}

/** The scale in figures; each row tells its own times in text, so this is for the eye alone. */
function Axis({ scale }: { readonly scale: Scale }) {
  return (
    <div className="axis" aria-hidden="true">
      <span />
      <div className="axis-track">
        {scale.ticks.map((at) => (
          <span key={at} style={{ left: `${scale.place(at) * 100}%` }}>
            {at === 0 ? '0' : formatDuration(at)}
          </span>
        ))}
      </div>
    </div>
  )
}

function offsetsOf(spans: readonly TimelineSpan[], startedAt: number): number[] {
  return spans.flatMap(({ started_at, ended_at }) => {
    const end = ended_at ?? started_at
    return end === null ? [] : [end - startedAt]
  })
}

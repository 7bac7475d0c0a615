import { Link } from 'wouter'
import type { TimelineSpan } from '../../app/answers.ts'
import { Badge } from '../../ui/badge.tsx'
import { formatDuration } from '../../ui/time-format.ts'
import type { Scale } from './scale.ts'

export interface SpanRowProps {
  readonly span: TimelineSpan
  readonly depth: number
  readonly startedAt: number
  readonly now: number
  readonly scale: Scale
}

export function SpanRow({ span, depth, startedAt, now, scale }: SpanRowProps) {
  return (
    <li className={`span is-${span.state} of-${span.kind}`} data-kind={span.kind} data-state={span.state}>
      <div className="span-name" style={{ paddingLeft: `${depth}rem` }}>
        <span className="span-label">{labelOf(span)}</span>
        <span className="span-service">{span.service}</span>
      </div>
      <div className="span-track">
        <Bar span={span} startedAt={startedAt} now={now} scale={scale} />
      </div>
      <div className="span-figures">
        <Figures span={span} startedAt={startedAt} />
      </div>
      <Details span={span} />
    </li>
  )
}

function labelOf(span: TimelineSpan) {
  // Its status stands beside it.
  if (span.kind === 'attempt' && span.attempt !== null) return `Try ${span.attempt}`
  // What asked for it stands above the run.
  if (span.kind === 'replay') return 'Replayed'
  if (span.kind !== 'delivery' || span.delivery_id === null) return span.label
  return <Link href={`/deliveries/${encodeURIComponent(span.delivery_id)}`}>{span.label}</Link>
}

/** The bar repeats for the eye what the figures say. */
function Bar({ span, startedAt, now, scale }: Omit<SpanRowProps, 'depth'>) {
  if (span.started_at === null) return null
  const from = scale.place(span.started_at - startedAt)
  const end = span.ended_at ?? (span.state === 'waiting' ? now : span.started_at)
  const to = scale.place(end - startedAt)
  return (
    <span
      className="bar-of-span"
      aria-hidden="true"
      style={{ left: `${from * 100}%`, width: `max(5px, ${(to - from) * 100}%)` }}
    />
  )
}

function Figures({ span, startedAt }: Pick<SpanRowProps, 'span' | 'startedAt'>) {
  if (span.state === 'none') return <span className="soft">not for this event</span>
  if (span.started_at === null) return <Badge tone="info">waiting</Badge>
  const offset = `+${formatDuration(span.started_at - startedAt)}`
  const took = span.ended_at === null ? undefined : span.ended_at - span.started_at
  return (
    <>
      {span.kind === 'attempt' && span.status_code !== null && (
        <Badge tone={span.state === 'failed' ? 'bad' : 'good'}>HTTP {span.status_code}</Badge>
      )}
      {span.state === 'waiting' && <Badge tone="info">waiting</Badge>}
      {span.state === 'failed' && (span.kind !== 'attempt' || span.status_code === null) && (
        <Badge tone="bad">failed</Badge>
      )}
      <span>
        <span className="hidden-text">began after </span>
        {offset}
      </span>
      {took !== undefined && took > 0 && (
        <span className="soft">
          <span className="hidden-text">took </span>
          {formatDuration(took)}
        </span>
      )}
    </>
  )
}

function Details({ span }: { readonly span: TimelineSpan }) {
  const steps = span.steps.map(({ name, us }) => `${name.replace('-', ' ')} ${formatDuration(us / 1_000)}`)
  const parts = [span.detail, steps.length > 0 ? steps.join(', ') : null].filter((part) => part !== null)
  if (parts.length === 0 && span.error_code === null) return null
  return (
    <p className="span-detail">
      {span.error_code !== null && <code>{span.error_code}</code>} {parts.join(' · ')}
    </p>
  )
}

import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { Overview } from '../../app/answers.ts'
import { Ago } from '../../ui/time.tsx'
import { formatCount, formatDuration } from '../../ui/time-format.ts'

type Tone = 'plain' | 'bad' | 'warn'

/** What is asked first, in figures; each leads to its list. */
export function Figures({ overview }: { readonly overview: Overview }) {
  const { events, freshness, deliveries, dead_letters, verification_failures } = overview
  return (
    <dl className="figures">
      <Figure name="Events" value={formatCount(events.total)} href="/events">
        {capped(events.pending)} pending
      </Figure>
      <Figure
        name="Failed events"
        value={capped(events.failed)}
        tone={toneOf(events.failed)}
        href="/events?status=failed"
      >
        of all that is kept
      </Figure>
      <Figure name="Freshness p50" value={durationOf(freshness.p50_ms)} href="/conversations">
        p99 {durationOf(freshness.p99_ms)}
      </Figure>
      <Figure
        name="Delivered"
        value={percentOf(deliveries.success_ratio)}
        href="/deliveries"
        tone={toneOf(deliveries.dead)}
      >
        {formatCount(deliveries.succeeded)} arrived, {formatCount(deliveries.dead)} given up
      </Figure>
      <Figure name="Undelivered" value={capped(deliveries.waiting)} href="/deliveries?state=waiting">
        <OldestUndelivered deliveries={deliveries} />
      </Figure>
      <Figure
        name="Dead letters"
        value={capped(dead_letters.count)}
        tone={toneOf(dead_letters.count)}
        href="/dead-letters"
      >
        {dead_letters.oldest_at === null ? 'none waits' : <Oldest at={dead_letters.oldest_at} />}
      </Figure>
      <Figure
        name="Not verified"
        value={formatCount(verification_failures.total)}
        tone={verification_failures.total > 0 ? 'warn' : 'plain'}
      >
        requests
      </Figure>
    </dl>
  )
}

interface FigureProps {
  readonly name: string
  readonly value: string
  readonly tone?: Tone
  readonly href?: string
  readonly children: ReactNode
}

function Figure({ name, value, tone = 'plain', href, children }: FigureProps) {
  return (
    <div className={`figure is-${tone}`}>
      <dt>{href ? <Link href={href}>{name}</Link> : name}</dt>
      <dd>
        <span className="figure-value">{value}</span>
        <span className="soft small">{children}</span>
      </dd>
    </div>
  )
}

function OldestUndelivered({ deliveries }: { readonly deliveries: Overview['deliveries'] }) {
  const oldest = deliveries.oldest_undelivered.toSorted((a, b) => a.since - b.since)[0]
  if (oldest === undefined) return 'none waits'
  return <Oldest at={oldest.since} />
}

function Oldest({ at }: { readonly at: number }) {
  return (
    <>
      oldest <Ago at={at} />
    </>
  )
}

function toneOf(count: number): Tone {
  return count > 0 ? 'bad' : 'plain'
}

function durationOf(ms: number | null): string {
  return ms === null ? '–' : formatDuration(ms)
}

function percentOf(ratio: number | null): string {
  if (ratio === null) return '–'
  // 99.97 % must not be shown as all.
  const percent = Math.floor(ratio * 1_000) / 10
  return `${percent} %`
}

function capped(count: number): string {
  return count >= 10_000 ? '10,000+' : formatCount(count)
}

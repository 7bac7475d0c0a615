import { useMemo } from 'react'
import { Link } from 'wouter'
import type { Overview } from '../../app/answers.ts'
import { Panel } from '../../ui/page.tsx'
import { Empty } from '../../ui/query-state.tsx'
import { StackedBars } from '../../ui/stacked-bars.tsx'
import { formatCount } from '../../ui/time-format.ts'
import { barsOf, OTHERS } from './bars.ts'

/** Events over time by type. The legend has the totals, and leads to the events of a type. */
export function EventsPanel({ events, since }: { readonly events: Overview['events']; readonly since: number }) {
  const { step, times, series } = useMemo(() => barsOf(events), [events])
  if (events.total === 0)
    return (
      <Panel title="Events a minute">
        <Empty title="No event in this time.">
          <p>
            <code>npm run demo</code> plays sample traffic.
          </p>
        </Empty>
      </Panel>
    )
  const title = step === 1 ? 'Events a minute' : `Events in ${step} minutes each`
  return (
    <Panel title={title}>
      <StackedBars times={times} series={series} label={`${title} by type; ${formatCount(events.total)} in all`} />
      <ul className="legend">
        {series.map(({ name, total }, at) => (
          <li key={name}>
            <i className={`swatch of-${at + 1}`} aria-hidden="true" />
            {name === OTHERS ? (
              'other types'
            ) : (
              <Link href={`/events?type=${encodeURIComponent(name)}&since=${since}`}>{name}</Link>
            )}
            <span className="soft">{formatCount(total)}</span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

import { useMemo } from 'react'
import { Link } from 'wouter'
import type { Overview } from '../../app/answers.ts'
import { Panel } from '../../ui/page.tsx'
import { Empty } from '../../ui/query-state.tsx'
import { type Series, StackedBars } from '../../ui/stacked-bars.tsx'
import { formatCount } from '../../ui/time-format.ts'

type EventFigures = Overview['events']

const COLOURS = 6
const OTHERS = 'other'

/** Events of each minute by type. The legend has the totals, and leads to the events of a type. */
export function EventsPanel({ events }: { readonly events: EventFigures }) {
  const series = useMemo(() => fewer(events.series), [events.series])
  if (events.total === 0)
    return (
      <Panel title="Events a minute">
        <Empty title="No event in the last hour.">
          <p>
            <code>npm run demo</code> plays sample traffic.
          </p>
        </Empty>
      </Panel>
    )
  return (
    <Panel title="Events a minute">
      <StackedBars
        times={events.minutes}
        series={series}
        label={`Events a minute by type over the last ${events.minutes.length} minutes; ${formatCount(events.total)} in all`}
      />
      <ul className="legend">
        {series.map(({ name, total }, at) => (
          <li key={name}>
            <i className={`swatch of-${at + 1}`} aria-hidden="true" />
            {name === OTHERS ? (
              'other types'
            ) : (
              <Link href={`/events?type=${encodeURIComponent(name)}&since=1h`}>{name}</Link>
            )}
            <span className="soft">{formatCount(total)}</span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

/** As many as there are colours to tell apart; the rest becomes one. */
function fewer(all: EventFigures['series']): (Series & { readonly total: number })[] {
  const named = all.filter(({ type }) => type !== OTHERS)
  const shown = all.length <= COLOURS ? named : named.slice(0, COLOURS - 1)
  const rest = all.filter((one) => !shown.includes(one))
  const series = shown.map(({ type, counts, total }) => ({ name: type, values: counts, total }))
  if (rest.length === 0) return series
  const values = (rest[0]?.counts ?? []).map((_, at) => rest.reduce((sum, { counts }) => sum + (counts[at] ?? 0), 0))
  return [...series, { name: OTHERS, values, total: rest.reduce((sum, { total }) => sum + total, 0) }]
}

import { PasswordNote } from '../app/account-menu.tsx'
import type { Overview } from '../app/answers.ts'
import { useTenantGet } from '../app/api.ts'
import { useSearchParams } from '../app/search-params.ts'
import { Page } from '../ui/page.tsx'
import { QueryState } from '../ui/query-state.tsx'
import { EventsPanel } from './overview/events-panel.tsx'
import { Figures } from './overview/figures.tsx'
import { FrontBudget } from './overview/front-budget.tsx'
import { LatestEvents } from './overview/latest-events.tsx'
import { Notices } from './overview/notices.tsx'
import { Race } from './overview/race.tsx'
import { Undelivered } from './overview/undelivered.tsx'
import { Unproven } from './overview/unproven.tsx'

const REFRESH_MS = 5_000

const lastHour = { value: '60', label: 'Last hour' }
const spans = [
  { value: '15', label: 'Last 15 minutes' },
  lastHour,
  { value: '360', label: 'Last 6 hours' },
  { value: '1440', label: 'Last 24 hours' },
]

/** Whether all is well, and if not, where to look. */
export function OverviewPage() {
  const { values, change } = useSearchParams(['minutes'])
  const span = spans.find(({ value }) => value === values.minutes) ?? lastHour
  const query = useTenantGet<Overview>('/overview', {
    query: { minutes: span.value },
    everyMs: REFRESH_MS,
    keepPrevious: true,
  })
  return (
    <Page
      title="Overview"
      actions={
        <select
          className="input"
          aria-label="How far back the figures look"
          value={span.value}
          onChange={(event) => change({ minutes: event.target.value })}
        >
          {spans.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      }
    >
      <QueryState query={query}>
        {(overview) => (
          <div className="stack">
            <PasswordNote />
            <Race overview={overview} />
            <Figures overview={overview} />
            <div className="overview-columns">
              <div className="stack">
                <EventsPanel events={overview.events} since={overview.since} />
                <LatestEvents />
              </div>
              <div className="stack">
                <Undelivered deliveries={overview.deliveries} />
                <Unproven failures={overview.verification_failures} />
                <FrontBudget accounts={overview.front_accounts} />
                <Notices notices={overview.notices} />
              </div>
            </div>
          </div>
        )}
      </QueryState>
    </Page>
  )
}

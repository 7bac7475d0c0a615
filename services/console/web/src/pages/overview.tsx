import { PasswordNote } from '../app/account-menu.tsx'
import type { Overview } from '../app/answers.ts'
import { useTenantGet } from '../app/api.ts'
import { Page } from '../ui/page.tsx'
import { QueryState } from '../ui/query-state.tsx'
import { EventsPanel } from './overview/events-panel.tsx'
import { Figures } from './overview/figures.tsx'
import { FrontBudget } from './overview/front-budget.tsx'
import { LatestEvents } from './overview/latest-events.tsx'
import { LedgerNote } from './overview/ledger-note.tsx'
import { Notices } from './overview/notices.tsx'
import { Race } from './overview/race.tsx'
import { Undelivered } from './overview/undelivered.tsx'
import { Unproven } from './overview/unproven.tsx'

const REFRESH_MS = 5_000

/** Whether all is well, and if not, where to look. */
export function OverviewPage() {
  const query = useTenantGet<Overview>('/overview', { everyMs: REFRESH_MS })
  return (
    <Page title="Overview">
      <QueryState query={query}>
        {(overview) => (
          <div className="stack">
            <PasswordNote />
            <LedgerNote ledger={overview.ledger} />
            <Race overview={overview} />
            <Figures overview={overview} />
            <div className="overview-columns">
              <div className="stack">
                <EventsPanel events={overview.events} />
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

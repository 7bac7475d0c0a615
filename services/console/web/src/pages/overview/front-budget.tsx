import type { Overview } from '../../app/answers.ts'
import { Badge } from '../../ui/badge.tsx'
import { Panel } from '../../ui/page.tsx'
import { Empty } from '../../ui/query-state.tsx'
import { Ago, Time } from '../../ui/time.tsx'

type Account = NonNullable<Overview['front_accounts']>[number]

/** Calls of Front's API in the last minute, by what they were for, against what the plan allows. */
export function FrontBudget({ accounts }: { readonly accounts: Overview['front_accounts'] }) {
  return (
    <Panel title="Front’s API, calls of the last minute">
      {accounts === null ? (
        <Empty title="Not known.">Redis, where it is noted, does not answer.</Empty>
      ) : accounts.length === 0 ? (
        <Empty title="No account of Front is configured." />
      ) : (
        <div className="stack">
          {accounts.map((account) => (
            <AccountBudget key={account.account} account={account} />
          ))}
        </div>
      )}
    </Panel>
  )
}

function AccountBudget({ account }: { readonly account: Account }) {
  const limit = Math.min(account.calls_per_minute, account.plan ?? Number.POSITIVE_INFINITY)
  const used = account.lanes.reduce((sum, lane) => sum + lane.used, 0)
  return (
    <section aria-label={`Account ${account.account}`} className="budget">
      <div className="row">
        <strong>{account.account}</strong>
        <span>
          {used} of {limit}
        </span>
        {!account.is_callable && <Badge tone="warn">no API token</Badge>}
        {account.last_failure !== null && (account.last_failure_at ?? 0) > (account.last_success_at ?? 0) && (
          <Badge tone="bad">{account.last_failure}</Badge>
        )}
        {account.last_success_at !== null && (
          <span className="soft small">
            answered <Ago at={account.last_success_at} />
          </span>
        )}
      </div>
      <div className="budget-bar" aria-hidden="true">
        {account.lanes.map(({ lane, used: own }, at) => (
          <i key={lane} className={`of-${at + 1}`} style={{ width: `${(own / Math.max(limit, used, 1)) * 100}%` }} />
        ))}
      </div>
      <ul className="legend">
        {account.lanes.map(({ lane, used: own, is_waiting }, at) => (
          <li key={lane}>
            <i className={`swatch of-${at + 1}`} aria-hidden="true" />
            {lane} <span className="soft">{own}</span>
            {is_waiting && <Badge tone="warn">waits</Badge>}
          </li>
        ))}
      </ul>
      {account.refused.map(({ route, status, missing_scopes, next_try_at }) => (
        <p key={route} className="note is-warn small">
          {route} is refused with {status}
          {missing_scopes.length > 0 && <> for want of the scope {missing_scopes.join(', ')}</>}; next try{' '}
          <Time at={next_try_at} />.
        </p>
      ))}
    </section>
  )
}

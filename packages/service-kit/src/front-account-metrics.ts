import type { Meter, ObservableGauge } from '@opentelemetry/api'
import { type FrontAccountStatesOptions, readFrontAccountStates } from './front-account-states.ts'

/** Accounts that become labels: the first of the sources file. The others are in the gateway's status only. */
const MAX_LABELLED = 100

/** What is left of the accounts' budgets. Redis tells it to every process alike, so one service alone exports it. */
export function observeFrontAccounts(meter: Meter, options: FrontAccountStatesOptions): void {
  const gauge = (name: string, description: string, unit = '') =>
    meter.createObservableGauge(name, { unit, description })
  const plan = gauge(
    'millrace.front.budget.plan',
    "Calls a minute that hold: the lower of the setting and Front's plan.",
  )
  const remaining = gauge('millrace.front.budget.remaining', 'Calls left of the plan in this minute.')
  const burst = gauge('millrace.front.budget.burst', 'Calls left in the burst pool.')
  const age = gauge('millrace.front.success.age', 'Time since Front last answered a call of the account.', 's')
  const gauges: ObservableGauge[] = [plan, remaining, burst, age]
  meter.addBatchObservableCallback(async (result) => {
    for (const state of (await readFrontAccountStates({ ...options, most: MAX_LABELLED })) ?? []) {
      const labels = { account: `${state.tenant}/${state.account}` }
      result.observe(plan, Math.min(state.calls_per_minute, state.plan ?? state.calls_per_minute), labels)
      if (state.remaining !== null) result.observe(remaining, state.remaining, labels)
      if (state.burst_remaining !== null) result.observe(burst, state.burst_remaining, labels)
      if (state.last_success_at !== null) result.observe(age, (Date.now() - state.last_success_at) / 1_000, labels)
    }
  }, gauges)
}

import { grown, of, perSecond, quantile } from '../promql.ts'
import type { Board } from '../question.ts'

const ACCOUNT = 'account=~"$account"'
const CALLS = 'millrace_front_call_duration'

/** Of the plan's calls a minute, by account. */
export function share(metric: string, matchers: string): string {
  return `max by (account) (${of(metric, matchers)}) / max by (account) (${of('millrace_front_budget_plan', matchers)})`
}

/** Calls of the Front API: what the plan allows, who uses it, who waits. */
export const frontBudget: Board = {
  name: 'front-budget',
  title: 'Millrace: Front budget',
  description: 'Is Front’s plan enough, who uses it, and who waits for it?',
  choices: [{ name: 'account', label: 'Account', values: 'label_values(millrace_front_budget_plan, account)' }],
  rows: [
    {
      title: 'Is it enough?',
      questions: [
        {
          title: 'How much of the plan is left?',
          advice:
            'Calls left of this minute’s plan, by account. Near 0 the lanes decide: what somebody waits for goes first, background reads wait.',
          kind: 'lines',
          unit: 'percentunit',
          min: 0,
          max: 1,
          queries: [{ expr: share('millrace_front_budget_remaining', ACCOUNT), legend: '{{account}}' }],
          limits: [{ at: 0.05, isBadBelow: true, alert: 'MillraceFrontBudgetExhausted' }],
        },
        {
          title: 'Who spends it?',
          advice:
            'Calls a second by lane, from `live-high` (somebody waits for the conversation) to `poll` (nobody does).',
          kind: 'areas',
          unit: 'ops',
          queries: [{ expr: perSecond('millrace_front_budget_calls_total', 'lane'), legend: '{{lane}}' }],
        },
        {
          title: 'How much is left in the burst pool?',
          advice:
            'What Front allows above the plan for a moment. Emptied again and again: the plan is too small for the peaks.',
          kind: 'lines',
          unit: 'short',
          queries: [
            { expr: `max by (account) (${of('millrace_front_budget_burst', ACCOUNT)})`, legend: '{{account}}' },
          ],
        },
        {
          title: 'How many calls wait for their turn?',
          advice:
            'By lane. Some in the lowest lanes is how the budget is meant to work; in `live-high` it makes conversations late.',
          kind: 'areas',
          unit: 'short',
          queries: [{ expr: `sum by (lane) (${of('millrace_front_budget_waiting')})`, legend: '{{lane}}' }],
          alerts: ['MillraceFrontBudgetExhausted'],
        },
        {
          title: 'How long do calls wait for their turn?',
          advice:
            '99 % by lane. Seconds in `live-high` break the freshness objective: a larger plan, or fewer reads by the poller.',
          kind: 'lines',
          unit: 's',
          queries: [{ expr: quantile(0.99, 'millrace_front_budget_wait', 'lane'), legend: '{{lane}}' }],
          alerts: ['MillraceFrontBudgetExhausted'],
        },
        {
          title: 'Do calls come from the plan or from the burst pool?',
          advice: 'Calls by what paid for them. Mostly burst means that the plan alone is too small.',
          kind: 'areas',
          unit: 'ops',
          queries: [{ expr: perSecond('millrace_front_budget_calls_total', 'via'), legend: '{{via}}' }],
        },
      ],
    },
    {
      title: 'Does Front answer?',
      questions: [
        {
          title: 'What does Front answer?',
          advice:
            'Calls by status; 0 is no answer. 429 although we keep to the budget: another program uses the same plan. 5xx: Front’s status page.',
          width: 6,
          kind: 'lines',
          unit: 'ops',
          queries: [{ expr: perSecond(`${CALLS}_count`, 'status'), legend: '{{status}}' }],
          alerts: ['MillraceFrontFailing', 'MillraceFrontBudgetExhausted'],
        },
        {
          title: 'Which share of calls does Front fail?',
          advice:
            'Calls without an answer or with 5xx, of all. Reads are tried again; conversations get late. Front’s status page says whether it is Front.',
          width: 6,
          kind: 'lines',
          unit: 'percentunit',
          queries: [
            {
              expr: `(${perSecond(`${CALLS}_count`, '', 'status=~"0|5.."')} or vector(0)) / ${perSecond(`${CALLS}_count`)}`,
              legend: 'failed',
            },
          ],
          limits: [{ at: 0.2, alert: 'MillraceFrontFailing' }],
        },
        {
          title: 'How often are we refused for the rate?',
          advice:
            'Answers of 429 in the time that is shown, by route. Each is waited for by its `Retry-After`, nothing is lost.',
          width: 6,
          kind: 'bars',
          unit: 'short',
          decimals: 0,
          queries: [{ expr: `sort_desc(${grown(`${CALLS}_count`, 'route', 'status="429"')})`, legend: '{{route}}' }],
          alerts: ['MillraceFrontBudgetExhausted'],
        },
        {
          title: 'How long do calls take?',
          advice: '99 % by route, without the wait for a turn.',
          width: 6,
          kind: 'lines',
          unit: 's',
          queries: [{ expr: quantile(0.99, CALLS, 'route'), legend: '{{route}}' }],
          alerts: ['MillraceFrontFailing'],
        },
        {
          title: 'When did Front last answer?',
          advice: 'Time since the last good answer, by account. An account that nobody asks is old without being ill.',
          width: 6,
          kind: 'lines',
          unit: 's',
          queries: [{ expr: `min by (account) (${of('millrace_front_success_age', ACCOUNT)})`, legend: '{{account}}' }],
          alerts: ['MillraceFrontFailing'],
        },
        {
          title: 'Are OAuth tokens refreshed?',
          advice:
            'Refreshes by result: `refused` means that the authorisation was withdrawn; somebody has to grant it again. Zero where accounts have API tokens.',
          width: 6,
          kind: 'lines',
          unit: 'ops',
          queries: [{ expr: perSecond('millrace_front_oauth_refreshes_total', 'result'), legend: '{{result}}' }],
          alerts: ['MillraceFrontTokenRefused'],
        },
        {
          title: 'Does Front refuse our tokens?',
          advice:
            'Accounts by why: `token` (401: revoked, expired) or `scope` (403: a permission is missing). `millrace doctor` names the scope.',
          width: 6,
          kind: 'lines',
          unit: 'short',
          queries: [{ expr: `max by (reason) (${of('millrace_front_degraded')})`, legend: '{{reason}}' }],
          alerts: ['MillraceFrontTokenRefused'],
        },
        {
          title: 'Which calls are made?',
          advice:
            'Calls a second by route. `/conversations/{id}` is what keeps snapshots fresh, `/events` is the poller.',
          width: 6,
          kind: 'areas',
          unit: 'ops',
          queries: [{ expr: perSecond(`${CALLS}_count`, 'route'), legend: '{{route}}' }],
        },
      ],
    },
    {
      title: 'Does the poller keep up?',
      questions: [
        {
          title: 'How long ago was Front’s list read to its end?',
          advice: 'By account. Longer than a few rounds: Front is not read, or the budget leaves nothing for it.',
          kind: 'lines',
          unit: 's',
          queries: [
            { expr: `max by (account) (${of('millrace_poller_position_age', ACCOUNT)})`, legend: '{{account}}' },
          ],
          limits: [{ at: 900, alert: 'MillracePollingBehind' }],
        },
        {
          title: 'What does the poller find?',
          advice:
            'Conversations that were ahead of what we knew, and why. `missed`: no event told of the change, so webhooks are missing; look at the sender.',
          kind: 'lines',
          unit: 'ops',
          queries: [{ expr: perSecond('millrace_poller_findings_total', 'kind', ACCOUNT), legend: '{{kind}}' }],
          alerts: ['MillraceFrontWebhookDisabled'],
        },
        {
          title: 'How many events came by polling first?',
          advice:
            'Events that polling saw before, or without, their webhook. In mode `webhook` this is near zero; all of them means that webhooks have stopped.',
          kind: 'areas',
          unit: 'eps',
          queries: [
            { expr: perSecond('millrace_poller_events_first_polled_total', 'account', ACCOUNT), legend: '{{account}}' },
          ],
          alerts: ['MillraceFrontWebhookDisabled'],
        },
      ],
    },
  ],
}

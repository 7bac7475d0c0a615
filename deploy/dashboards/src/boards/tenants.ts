import { grown, of, perSecond } from '../promql.ts'
import type { Board } from '../question.ts'
import { share } from './front-budget.ts'

const REQUESTS = 'millrace_gateway_requests_total'
/** Whose each source is, one series a source. */
const OWNER = `max by (source, tenant) (${of('millrace_source_info', 'tenant=~"$tenant"')} == 1)`
const OF_TENANT = 'account=~"($tenant)/.*"'

/** Sums what is counted by source over the sources of each tenant. */
function byTenant(expr: string, others = ''): string {
  return `sum by (${['tenant', others].filter(Boolean).join(', ')}) (${expr} * on (source) group_left (tenant) ${OWNER})`
}

/** Who sends how much, and whose share does not come through. No metric has endpoints or conversations as labels: those are in the console. */
export const tenants: Board = {
  name: 'tenants',
  title: 'Millrace: tenants',
  description:
    'Who sends how much, and whose share does not come through? Single endpoints and conversations are in the console.',
  choices: [{ name: 'tenant', label: 'Tenant', values: 'label_values(millrace_source_info, tenant)' }],
  rows: [
    {
      title: 'Who sends how much?',
      questions: [
        {
          title: 'How many events does each tenant send?',
          advice: 'Events that Kafka has, summed over the tenant’s sources.',
          kind: 'areas',
          unit: 'eps',
          queries: [{ expr: byTenant(perSecond('millrace_gateway_events_total', 'source')), legend: '{{tenant}}' }],
          alerts: ['MillraceRateUnusual', 'MillraceNoWebhooks'],
        },
        {
          title: 'How many bytes does each tenant send?',
          advice:
            'Bytes of bodies. Kafka keeps received webhooks for 7 days and events for 30: this is what disks are planned by.',
          kind: 'areas',
          unit: 'Bps',
          queries: [{ expr: byTenant(perSecond('millrace_gateway_bytes_total', 'source')), legend: '{{tenant}}' }],
        },
        {
          title: 'Who sent how many events in the time shown?',
          advice: 'By tenant and source, the largest first.',
          kind: 'table',
          unit: 'short',
          decimals: 0,
          columns: ['tenant', 'source'],
          queries: [{ expr: `sort_desc(${byTenant(grown('millrace_gateway_events_total', 'source'), 'source')})` }],
        },
        {
          title: 'Which events does each tenant send?',
          advice: 'Events by tenant and canonical type, each event once.',
          kind: 'areas',
          width: 12,
          names: 'right',
          unit: 'eps',
          queries: [
            {
              expr: byTenant(perSecond('millrace_dedup_events_total', 'source, type'), 'type'),
              legend: '{{tenant}}: {{type}}',
            },
          ],
          alerts: ['MillraceTypeMixUnusual'],
        },
        {
          title: 'Which tenants have how many sources?',
          advice: 'Configured sources. Nothing here: the gateway has no sources file and no default secrets.',
          kind: 'table',
          unit: 'short',
          decimals: 0,
          width: 12,
          columns: ['tenant', 'account', 'provider'],
          queries: [
            {
              expr: `count by (tenant, account, provider) (max by (source, tenant, account, provider) (${of('millrace_source_info', 'tenant=~"$tenant"')} == 1))`,
            },
          ],
        },
      ],
    },
    {
      title: 'Whose share does not come through?',
      questions: [
        {
          title: 'Whose requests are refused?',
          advice:
            'Refused requests by tenant and rule. `source-limit` and `tenant-limit`: its own limit in the sources file. Signature rules: docs/failing-signatures.md.',
          kind: 'lines',
          unit: 'reqps',
          queries: [
            {
              expr: byTenant(perSecond(REQUESTS, 'source, rule', 'rule!=""'), 'rule'),
              legend: '{{tenant}}: {{rule}}',
            },
          ],
          alerts: ['MillraceVerificationFailures', 'MillraceSourceRefusedWhole'],
        },
        {
          title: 'Which share of each tenant’s requests is accepted?',
          advice: 'Accepted of all. One tenant alone below the others has a fault at its sender.',
          kind: 'lines',
          unit: 'percentunit',
          max: 1,
          queries: [
            {
              expr: `${byTenant(perSecond(REQUESTS, 'source', 'status=~"2.."'))} / ${byTenant(perSecond(REQUESTS, 'source'))}`,
              legend: '{{tenant}}',
            },
          ],
        },
        {
          title: 'Who sends events twice?',
          advice:
            'Duplicates by tenant, dropped. Many mean that the sender repeats what we acknowledged: too late for it, or two webhooks for one event.',
          kind: 'lines',
          unit: 'eps',
          queries: [
            {
              expr: byTenant(perSecond('millrace_dedup_verdicts_total', 'source', 'verdict="duplicate"')),
              legend: '{{tenant}}',
            },
          ],
          alerts: ['MillraceSenderRetrySpike'],
        },
      ],
    },
    {
      title: 'What does each tenant use?',
      questions: [
        {
          title: 'How much of its Front plan has each tenant left?',
          advice: 'By account, written tenant/account. At 0 its reads of low priority wait; *Front budget* says which.',
          kind: 'lines',
          unit: 'percentunit',
          min: 0,
          max: 1,
          queries: [{ expr: share('millrace_front_budget_remaining', OF_TENANT), legend: '{{account}}' }],
          limits: [{ at: 0.05, isBadBelow: true, alert: 'MillraceFrontBudgetExhausted' }],
        },
        {
          title: 'How many extractions does each tenant ask for?',
          advice: 'Texts read into the knowledge graph, by tenant and status.',
          kind: 'areas',
          unit: 'ops',
          queries: [
            {
              expr: byTenant(perSecond('millrace_knowledge_extractions_total', 'source, status'), 'status'),
              legend: '{{tenant}}: {{status}}',
            },
          ],
        },
        {
          title: 'Whose list at Front is read late?',
          advice: 'Age of the last complete read of Front’s list, by account.',
          kind: 'lines',
          unit: 's',
          queries: [
            { expr: `max by (account) (${of('millrace_poller_position_age', OF_TENANT)})`, legend: '{{account}}' },
          ],
          limits: [{ at: 900, alert: 'MillracePollingBehind' }],
        },
      ],
    },
  ],
}

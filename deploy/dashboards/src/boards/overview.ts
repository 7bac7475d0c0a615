import { grown, NOT_WAITING, of, ours, perSecond, quantile, shareWithin } from '../promql.ts'
import type { Board } from '../question.ts'

const REQUESTS = 'millrace_gateway_requests_total'
const READY = { 0: { text: 'no', tone: 'bad' }, 1: { text: 'yes', tone: 'good' } } as const

/** The first page of who is called at night: is it well, what comes in, how far does it get. */
export const overview: Board = {
  name: 'overview',
  title: 'Millrace: overview',
  description: 'Is Millrace well, what comes in, and how far does it get? The other dashboards say why.',
  rows: [
    {
      title: 'Is it well?',
      questions: [
        {
          title: 'Are webhooks accepted?',
          advice:
            'Of the requests that are not the sender’s own fault, the share that was answered with 2xx. The objective is 99.9 %. Below it, look at *gateway*: 503 means that Kafka does not take records.',
          kind: 'number',
          unit: 'percentunit',
          decimals: 2,
          width: 4,
          queries: [
            {
              expr: `${perSecond(REQUESTS, '', 'status=~"2.."')} / ${perSecond(REQUESTS, '', 'status=~"2..|5.."')}`,
            },
          ],
          limits: [
            { at: 0.9856, isBadBelow: true, level: 'bad' },
            { at: 0.999, isBadBelow: true },
          ],
          alerts: ['MillraceAcceptErrorBudgetBurn'],
        },
        {
          title: 'Are conversations fresh?',
          advice:
            'Share of events that their conversation’s snapshot reflected within 5 s. The objective is 99 %. Below it, look at *consumers* (age of `conversation-refresh`) and at *Front budget* (who waits).',
          kind: 'number',
          unit: 'percentunit',
          decimals: 1,
          width: 4,
          queries: [{ expr: shareWithin('millrace_snapshot_lag', 5) }],
          limits: [
            { at: 0.856, isBadBelow: true, level: 'bad' },
            { at: 0.99, isBadBelow: true },
          ],
          alerts: ['MillraceFreshnessErrorBudgetBurn'],
        },
        {
          title: 'Do deliveries arrive?',
          advice:
            'Share of deliveries to healthy endpoints that arrived within 60 s. The objective is 99.9 %. Below it, look at *delivery*: what fails, and what the oldest one waits for.',
          kind: 'number',
          unit: 'percentunit',
          decimals: 2,
          width: 4,
          queries: [
            {
              expr: shareWithin('millrace_delivery_time', 60, 'class="healthy"', 'outcome="delivered"'),
            },
          ],
          limits: [
            { at: 0.9856, isBadBelow: true, level: 'bad' },
            { at: 0.999, isBadBelow: true },
          ],
          alerts: ['MillraceDeliveryErrorBudgetBurn'],
        },
        {
          title: 'How many alerts fire?',
          advice: 'Alerts of Millrace that fire now. Each has a runbook, linked in the alert.',
          kind: 'number',
          unit: 'short',
          width: 4,
          queries: [{ expr: 'count(ALERTS{alertname=~"Millrace.*",alertstate="firing"}) or vector(0)' }],
          limits: [{ at: 1 }],
        },
        {
          title: 'Any dead letters?',
          advice:
            'Records that were put aside in the last hour, because no further try could help. See which in the console, or by `millrace dlq list`; mend the cause, then redrive them.',
          kind: 'number',
          unit: 'short',
          decimals: 0,
          width: 4,
          queries: [{ expr: grown('millrace_dead_letters_total', '', '', '1h') }],
          limits: [{ at: 1 }],
          alerts: ['MillraceDeadLetters'],
        },
        {
          title: 'How many are down?',
          advice:
            'Processes that Prometheus cannot read. Look at the pod’s events and at the end of its log; a process that cannot work ends with a line that says why.',
          kind: 'number',
          unit: 'short',
          width: 4,
          queries: [
            {
              expr: `count(${of('up')} == 0 and on (job, instance) last_over_time(${of('millrace_ready', 'check="started"')}[6h])) or vector(0)`,
            },
          ],
          limits: [{ at: 1, level: 'bad' }],
          alerts: ['MillraceTargetDown', 'MillraceNoData', 'MillraceProcessRestarting'],
        },
      ],
    },
    {
      title: 'What comes in?',
      questions: [
        {
          title: 'Which events come in?',
          advice:
            'Events a second by canonical type, each event once. A type that vanishes, or a new one that floods, is a change at the sender: ask there before looking here.',
          kind: 'areas',
          width: 12,
          names: 'right',
          unit: 'eps',
          queries: [{ expr: perSecond('millrace_dedup_events_total', 'type'), legend: '{{type}}' }],
          alerts: ['MillraceTypeMixUnusual'],
        },
        {
          title: 'Which types make up the time shown?',
          advice:
            'Events by canonical type in the time that is shown. `other` is every type that is not in the list of the docs.',
          kind: 'bars',
          unit: 'short',
          decimals: 0,
          width: 6,
          queries: [
            { expr: `sort_desc(topk(12, ${grown('millrace_dedup_events_total', 'type')} > 0))`, legend: '{{type}}' },
          ],
        },
        {
          title: 'Which sources send?',
          advice:
            'Events a second by source. A source that falls silent for longer than usual: is its webhook still enabled at the sender? The poller says so too.',
          kind: 'lines',
          unit: 'eps',
          width: 6,
          queries: [{ expr: perSecond('millrace_gateway_events_total', 'source'), legend: '{{source}}' }],
          alerts: ['MillraceNoWebhooks', 'MillraceRateUnusual'],
        },
        {
          title: 'What are callers answered?',
          advice:
            'Requests by status. 401 is a wrong signature, 429 a limit, 503 means that Kafka does not take records: senders repeat those.',
          kind: 'areas',
          width: 6,
          unit: 'reqps',
          queries: [{ expr: perSecond('millrace_gateway_requests_total', 'status'), legend: '{{status}}' }],
        },
        {
          title: 'How many events are repeats?',
          advice:
            'What dedup says of each event: new, duplicate (dropped), fuller (a better copy of a known one), held (not ours to pass in this mode). Many duplicates mean that a sender does not get its answers in time.',
          kind: 'areas',
          width: 6,
          unit: 'eps',
          queries: [{ expr: perSecond('millrace_dedup_verdicts_total', 'verdict'), legend: '{{verdict}}' }],
          alerts: ['MillraceSenderRetrySpike'],
        },
        {
          title: 'What do consumers do with them?',
          advice: 'Records a second by consumer group. All groups that read events should follow one line.',
          kind: 'lines',
          width: 12,
          names: 'right',
          unit: 'recps',
          queries: [
            {
              expr: perSecond('messaging_client_consumed_messages_total', 'messaging_consumer_group_name'),
              legend: '{{messaging_consumer_group_name}}',
            },
          ],
        },
      ],
    },
    {
      title: 'How far does it get?',
      questions: [
        {
          title: 'Where is work waiting?',
          advice:
            'Age of the oldest record that a group has not finished. A line that climbs at one second a second is a group that stands still: *consumers* says where.',
          kind: 'lines',
          width: 12,
          names: 'right',
          unit: 's',
          queries: [{ expr: `max by (group) (${of('millrace_consumer_age', NOT_WAITING)})`, legend: '{{group}}' }],
          limits: [{ at: 300, level: 'bad', alert: 'MillraceBacklogOld' }],
          alerts: ['MillraceConsumerStuck'],
        },
        {
          title: 'How soon is a conversation fresh?',
          advice:
            'From the receipt of an event to the snapshot that reflects it. Objectives: 99 % within 5 s, 99.9 % within 30 s.',
          kind: 'lines',
          width: 6,
          unit: 's',
          queries: [
            { expr: quantile(0.5, 'millrace_snapshot_lag'), legend: 'half within' },
            { expr: quantile(0.99, 'millrace_snapshot_lag'), legend: '99 % within' },
          ],
          limits: [{ at: 5 }, { at: 30, level: 'bad' }],
          alerts: ['MillraceFreshnessErrorBudgetBurn'],
        },
        {
          title: 'How soon does a delivery arrive?',
          advice:
            'From the request of a delivery to its end, at endpoints that are healthy. Objective: 99.9 % within 60 s. Endpoints that fail or limit us are on *delivery*.',
          kind: 'lines',
          width: 6,
          unit: 's',
          queries: [
            { expr: quantile(0.5, 'millrace_delivery_time', '', 'class="healthy"'), legend: 'half within' },
            { expr: quantile(0.99, 'millrace_delivery_time', '', 'class="healthy"'), legend: '99 % within' },
          ],
          limits: [{ at: 60, level: 'bad' }],
          alerts: ['MillraceDeliveryErrorBudgetBurn'],
        },
        {
          title: 'How much error budget is left?',
          advice:
            'Of what 30 days allow, by objective (deploy/SLO.md): 100 % is untouched, below 0 the objective is missed (-100 % stands for anything worse). Little left: no risky releases until it is back.',
          kind: 'bars',
          width: 6,
          unit: 'percentunit',
          min: 0,
          max: 1,
          queries: [
            {
              expr: 'clamp_min(min by (objective) (millrace_slo:error_budget_remaining), -1)',
              legend: '{{objective}}',
            },
          ],
          limits: [
            { at: 0, isBadBelow: true, level: 'bad' },
            { at: 0.25, isBadBelow: true },
          ],
          alerts: ['MillraceErrorBudgetSpent'],
        },
        {
          title: 'How fast is error budget spent?',
          advice:
            'Share of bad events of the last hour, against what the objective allows: 1 spends the budget in exactly 30 days, 14.4 in two days.',
          kind: 'lines',
          width: 6,
          unit: 'short',
          queries: [
            {
              expr: 'max by (objective) (millrace_slo:error_ratio:rate1h) / on (objective) (1 - max by (objective) (millrace_slo:target))',
              legend: '{{objective}}',
            },
          ],
          limits: [{ at: 1 }, { at: 14.4, level: 'bad', alert: 'MillraceAcceptErrorBudgetBurn' }],
          alerts: ['MillraceFreshnessErrorBudgetBurn', 'MillraceDeliveryErrorBudgetBurn'],
        },
        {
          title: 'Which service is ready?',
          advice:
            'A service is ready when each of its checks says so. `/readyz` of its admin port names the check that does not.',
          kind: 'states',
          width: 12,
          unit: 'short',
          words: READY,
          queries: [{ expr: `min by (job) (${of('millrace_ready')})`, legend: '{{job}}' }],
          alerts: ['MillraceServiceNotReady'],
        },
        {
          title: 'How much processor do services use?',
          advice:
            'Cores, summed over the replicas of a service. One process uses at most about one; a service near its number of replicas needs more.',
          kind: 'lines',
          width: 12,
          names: 'right',
          unit: 'short',
          queries: [
            {
              expr: `sum by (job) (${ours(`rate(${of('process_cpu_time_total')}[$__rate_interval])`)})`,
              legend: '{{job}}',
            },
          ],
        },
        {
          title: 'How near is the heap to its limit?',
          advice: 'The fullest replica of each service. At its limit a process ends and is started again.',
          kind: 'lines',
          width: 12,
          names: 'right',
          unit: 'percentunit',
          max: 1,
          queries: [
            {
              expr: `max by (job) (${ours(`${of('v8js_memory_heap_used')} / ${of('v8js_memory_heap_limit')}`)})`,
              legend: '{{job}}',
            },
          ],
          limits: [{ at: 0.9, alert: 'MillraceHeapNearLimit' }],
        },
      ],
    },
  ],
}

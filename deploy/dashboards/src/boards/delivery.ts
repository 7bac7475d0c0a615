import { grown, of, perSecond, quantile, shareWithin } from '../promql.ts'
import type { Board } from '../question.ts'

const ATTEMPTS = 'millrace_delivery_attempts_total'
const OUTCOMES = { succeeded: 'green', retrying: 'orange', failed: 'red', unknown: 'purple' }

/** Deliveries to customers: do they arrive, and what goes wrong where they do not. */
export const delivery: Board = {
  name: 'delivery',
  title: 'Millrace: delivery',
  description:
    'Do deliveries reach customers, and what goes wrong where they do not? One customer’s own view is in the console.',
  rows: [
    {
      title: 'Do they arrive?',
      questions: [
        {
          title: 'Do they arrive in time?',
          advice:
            'Share of deliveries to healthy endpoints that arrived within 60 s of their request. The objective is 99.9 %. Below it the fault is ours: see what the oldest waits for.',
          kind: 'number',
          unit: 'percentunit',
          decimals: 2,
          width: 6,
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
          title: 'How many tries does a delivery take?',
          advice: 'Tries for each delivery that ended. 1 is best; above 1.5 receivers fail or limit us.',
          kind: 'number',
          unit: 'short',
          decimals: 2,
          width: 6,
          queries: [{ expr: `${perSecond(ATTEMPTS)} / ${perSecond('millrace_delivery_time_count')}` }],
          limits: [{ at: 1.5 }],
          alerts: ['MillraceDeliveryRetrySpike'],
        },
        {
          title: 'How many breakers are open?',
          advice:
            'Endpoints that failed so often that only a probe now and then goes to them; their deliveries wait in order. The console names them.',
          kind: 'number',
          unit: 'short',
          width: 6,
          queries: [{ expr: `max(${of('millrace_delivery_endpoints', 'state="breaker-open"')})` }],
          limits: [{ at: 1 }, { at: 3, level: 'bad', alert: 'MillraceBreakerOpen' }],
        },
        {
          title: 'How long is one stuck?',
          advice:
            'Age of the oldest one that is due and waits for none of the known causes. Above two minutes the service itself is stuck.',
          kind: 'number',
          unit: 's',
          decimals: 1,
          width: 6,
          queries: [{ expr: `max(${of('millrace_delivery_oldest_undelivered', 'cause="stuck"')})` }],
          limits: [{ at: 120, level: 'bad', alert: 'MillraceDeliveryStuck' }],
        },
        {
          title: 'Which share of deliveries arrives?',
          advice:
            'Of the deliveries that ended, by kind of endpoint: general, config (a customer’s set-up), response (an approved answer). Below 95 % customers go without events: which error class, below.',
          kind: 'lines',
          unit: 'percentunit',
          max: 1,
          width: 6,
          queries: [
            {
              expr: `${perSecond('millrace_delivery_time_count', 'kind', 'outcome="delivered"')} / ${perSecond('millrace_delivery_time_count', 'kind', 'outcome=~"delivered|failed"')}`,
              legend: '{{kind}}',
            },
          ],
          limits: [{ at: 0.95, isBadBelow: true, alert: 'MillraceDeliverySuccessLow' }],
        },
        {
          title: 'What comes of tries?',
          width: 6,
          advice:
            'Tries a second by outcome: `retrying` has another try before it, `failed` is a dead letter, `unknown` stopped in the middle.',
          kind: 'areas',
          unit: 'ops',
          colors: OUTCOMES,
          queries: [{ expr: perSecond(ATTEMPTS, 'outcome'), legend: '{{outcome}}' }],
          alerts: ['MillraceDeliveryRetrySpike'],
        },
        {
          title: 'How long does a delivery take?',
          width: 6,
          advice:
            '99 % from request to end, by class of the endpoint: healthy, limited (it asked us to wait), failing. Only the healthy ones are our objective, 60 s.',
          kind: 'lines',
          unit: 's',
          queries: [{ expr: quantile(0.99, 'millrace_delivery_time', 'class'), legend: '{{class}}' }],
          limits: [{ at: 60, level: 'bad' }],
          alerts: ['MillraceDeliveryErrorBudgetBurn'],
        },
        {
          title: 'What does the oldest delivery wait for?',
          width: 6,
          advice:
            'Age by cause: throttled (the receiver asked), breaker, retry, order (one before it), preview (an approval), stuck (nothing: ours).',
          kind: 'lines',
          unit: 's',
          queries: [{ expr: `max by (cause) (${of('millrace_delivery_oldest_undelivered')})`, legend: '{{cause}}' }],
          alerts: ['MillraceDeliveryStuck'],
        },
      ],
    },
    {
      title: 'What goes wrong?',
      questions: [
        {
          title: 'Why do tries fail?',
          advice:
            'Failed tries by error class (docs/delivery-attempts.md). `STATUS`, `TIMEOUT`, `CONNECTION` are the receivers; `RESOLVER_AWAY`, `PROXY_AWAY`, `NO_ROUTE`, `SECRET_KEY_MISSING` are ours.',
          kind: 'lines',
          unit: 'ops',
          queries: [
            {
              expr: `label_replace(${perSecond(ATTEMPTS, 'error_code', 'error_code!=""')}, "class", "$1", "error_code", "MR_DELIVERY_(.+)")`,
              legend: '{{class}}',
            },
          ],
          alerts: ['MillraceDeliveryRetrySpike'],
        },
        {
          title: 'What do receivers answer?',
          advice: 'Answers by HTTP status. 410 disables an endpoint, 429 and 503 with `Retry-After` are waited for.',
          kind: 'lines',
          unit: 'ops',
          queries: [{ expr: perSecond('millrace_delivery_answers_total', 'status'), legend: '{{status}}' }],
        },
        {
          title: 'Which failures made up the time shown?',
          none: 'none',
          advice: 'Failed tries by error class in the time that is shown, the most frequent first.',
          kind: 'bars',
          unit: 'short',
          decimals: 0,
          queries: [
            {
              expr: `sort_desc(label_replace(${grown(ATTEMPTS, 'error_code', 'error_code!=""')} > 0, "class", "$1", "error_code", "MR_DELIVERY_(.+)"))`,
              legend: '{{class}}',
            },
          ],
        },
        {
          title: 'How are endpoints doing?',
          advice:
            'Endpoints by state: well, failing (its last tries), breaker open, disabled (by us, after long failure or 410), switched off (by its owner).',
          kind: 'areas',
          unit: 'short',
          colors: {
            well: 'green',
            failing: 'orange',
            'breaker-open': 'red',
            disabled: 'dark-red',
            'switched-off': 'blue',
          },
          queries: [{ expr: `max by (state) (${of('millrace_delivery_endpoints')})`, legend: '{{state}}' }],
          alerts: ['MillraceBreakerOpen', 'MillraceEndpointDisabled'],
        },
        {
          title: 'How much waits for its next try?',
          advice:
            'Records in each retry topic. They wait for their time, and that is right; growing without end means that most tries fail.',
          kind: 'areas',
          unit: 'short',
          queries: [
            {
              expr: `sum by (topic) (${of('millrace_consumer_lag', 'group="delivery-send"')})`,
              legend: '{{topic}}',
            },
          ],
          alerts: ['MillraceDeliveryRetrySpike'],
        },
        {
          title: 'Which deliveries became dead letters?',
          advice:
            'Deliveries that no further try could help, by error code. `millrace dlq list` shows them, a redrive sends them again.',
          kind: 'bars',
          unit: 'short',
          decimals: 0,
          none: 'none',
          queries: [
            {
              expr: `sort_desc(label_replace(${grown('millrace_dead_letters_total', 'code', 'group=~"delivery-.*"')} > 0, "class", "$1", "code", "MR_(.+)"))`,
              legend: '{{class}}',
            },
          ],
          alerts: ['MillraceDeadLetters'],
        },
      ],
    },
    {
      title: 'How fast are receivers?',
      questions: [
        {
          title: 'How long does a try take?',
          advice: '99 % of tries, by outcome: connecting, sending, the whole answer.',
          kind: 'lines',
          unit: 's',
          colors: OUTCOMES,
          queries: [{ expr: quantile(0.99, 'millrace_delivery_attempt_duration', 'outcome'), legend: '{{outcome}}' }],
        },
        {
          title: 'Where does the time of a try go?',
          advice:
            '99 % of each step. Slow `dns` or `connect` to all receivers at once is our network or resolver; `first_byte` is theirs.',
          kind: 'lines',
          unit: 's',
          queries: [{ expr: quantile(0.99, 'millrace_delivery_attempt_step', 'step'), legend: '{{step}}' }],
        },
        {
          title: 'Are connections used again?',
          advice:
            'Tries by whether their connection was open already. Few that were: receivers close after each answer, which costs a handshake a try.',
          kind: 'areas',
          unit: 'ops',
          queries: [
            {
              expr: `label_replace(label_replace(${perSecond('millrace_delivery_connections_total', 'reused')}, "connection", "used again", "reused", "true"), "connection", "new", "reused", "false")`,
              legend: '{{connection}}',
            },
          ],
        },
      ],
    },
  ],
}

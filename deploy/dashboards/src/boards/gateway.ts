import { mean, of, perSecond, quantile } from '../promql.ts'
import type { Board } from '../question.ts'

const YES_NO = { 0: { text: 'no', tone: 'bad' }, 1: { text: 'yes', tone: 'good' } } as const
const REQUESTS = 'millrace_gateway_requests_total'
const IN_GATEWAY = 'job="gateway"'
const ANSWERED = `${IN_GATEWAY},http_request_method="POST",http_route=~"/api/webhooks/.+",http_response_status_code=~"2.."`

/** Everything about taking webhooks in. */
export const gateway: Board = {
  name: 'gateway',
  title: 'Millrace: gateway',
  description: 'Are webhooks taken in, fast enough, and why is what is refused refused?',
  choices: [{ name: 'source', label: 'Source', values: 'label_values(millrace_source_info, source)' }],
  rows: [
    {
      title: 'Is it well?',
      questions: [
        {
          title: 'Can we be reached from outside?',
          advice:
            'The poller asks `WEBHOOK_BASE_URL` as a sender would: name, certificate, load balancer, gateway. `no` while the gateway’s own checks are well means that something before it is not.',
          kind: 'number',
          unit: 'short',
          width: 6,
          words: YES_NO,
          queries: [{ expr: `min(${of('millrace_ingress_reachable')})` }],
          alerts: ['MillraceGatewayUnreachable'],
        },
        {
          title: 'Does Kafka take records?',
          advice:
            'What each gateway says of the brokers. While `no`, senders get 503 with `Retry-After` and repeat; nothing is lost.',
          kind: 'number',
          unit: 'short',
          width: 6,
          words: YES_NO,
          queries: [{ expr: `min(${of('millrace_gateway_kafka_reachable')})` }],
          alerts: ['MillraceKafkaUnreachable'],
        },
        {
          title: 'Do signatures verify?',
          advice:
            'Share of requests to a source that were refused for their signature or its time. Above 1 %: one source is a rotated secret or a copied URL, all of them an attack or our clock.',
          kind: 'number',
          unit: 'percentunit',
          decimals: 2,
          width: 6,
          queries: [
            {
              expr: `(${perSecond(REQUESTS, '', 'status="401",source!="none"')} or vector(0)) / ${perSecond(REQUESTS, '', 'status=~"2..|401",source!="none"')}`,
            },
          ],
          limits: [{ at: 0.01, alert: 'MillraceVerificationFailures' }],
          alerts: ['MillraceSourceRefusedWhole'],
        },
        {
          title: 'How many replicas serve?',
          advice: 'Gateways that are ready. Two are the least that outlive a node.',
          kind: 'number',
          unit: 'short',
          width: 6,
          queries: [{ expr: `count(min by (instance) (${of('millrace_ready', IN_GATEWAY)}) == 1) or vector(0)` }],
          alerts: ['MillraceServiceNotReady'],
        },
      ],
    },
    {
      title: 'What comes in, and what is it answered?',
      questions: [
        {
          title: 'What does each source send?',
          advice: 'Events that Kafka has, by source.',
          kind: 'areas',
          unit: 'eps',
          queries: [
            { expr: perSecond('millrace_gateway_events_total', 'source', 'source=~"$source"'), legend: '{{source}}' },
          ],
          alerts: ['MillraceNoWebhooks', 'MillraceRateUnusual'],
        },
        {
          title: 'What are callers answered?',
          advice: 'Requests by status; 499 is a caller that hung up before its answer.',
          kind: 'areas',
          unit: 'reqps',
          queries: [{ expr: perSecond(REQUESTS, 'status', 'source=~"$source|none"'), legend: '{{status}}' }],
        },
        {
          title: 'Why are requests refused?',
          advice:
            'Refusals by the rule that was broken. The rules are in docs/problems.md; a request’s own one is in its log line and in the answer.',
          kind: 'lines',
          unit: 'reqps',
          queries: [{ expr: perSecond(REQUESTS, 'rule', 'rule!="",source=~"$source|none"'), legend: '{{rule}}' }],
        },
        {
          title: 'Which source fails its signatures?',
          advice:
            'Refusals with 401 by source and rule. A source that fails whole was given another secret: docs/failing-signatures.md.',
          kind: 'lines',
          unit: 'reqps',
          queries: [
            {
              expr: perSecond(REQUESTS, 'source, rule', 'status="401",source=~"$source|none"'),
              legend: '{{source}}: {{rule}}',
            },
          ],
          alerts: ['MillraceVerificationFailures', 'MillraceSourceRefusedWhole'],
        },
        {
          title: 'What did they do wrong?',
          none: 'none',
          advice:
            'Wrong signatures for which the gateway found the mistake, such as another scheme, a changed body or another source’s secret. Tell the sender that word.',
          kind: 'bars',
          unit: 'short',
          decimals: 0,
          queries: [
            {
              expr: `sort_desc(sum by (source, mistake) (increase(${of('millrace_gateway_explained_refusals_total', 'source=~"$source"')}[$__range])))`,
              legend: '{{source}}: {{mistake}}',
            },
          ],
        },
        {
          title: 'How large are requests?',
          advice:
            'Mean bytes of a body, by source. The limits are in the sources file (`max_body_bytes`); beyond them the answer is 413.',
          kind: 'lines',
          unit: 'bytes',
          queries: [
            {
              expr: `${perSecond('millrace_gateway_bytes_total', 'source', 'source=~"$source"')} / ${perSecond(REQUESTS, 'source', 'source=~"$source"')}`,
              legend: '{{source}}',
            },
          ],
        },
      ],
    },
    {
      title: 'How fast is it?',
      questions: [
        {
          title: 'How long do senders wait?',
          advice:
            'Time until an accepted webhook is answered, without the synchronous path, whose answers take as long as their work. Front gives up after 5 s. Most of it is Kafka’s acknowledgement by all replicas: compare with the next panel.',
          kind: 'lines',
          unit: 's',
          queries: [0.5, 0.95, 0.99].map((q) => ({
            expr: quantile(q, 'http_server_request_duration', '', ANSWERED),
            legend: `${q * 100} % within`,
          })),
          limits: [{ at: 1, level: 'bad', alert: 'MillraceAcknowledgeSlow' }],
          alerts: ['MillraceResponseTimesDegrading'],
        },
        {
          title: 'How long does Kafka take to store?',
          advice:
            'Time from handing a record over to its acknowledgement by all in-sync replicas. Slow brokers show here first.',
          kind: 'lines',
          unit: 's',
          queries: [
            {
              expr: quantile(
                0.5,
                'messaging_client_operation_duration',
                '',
                `${IN_GATEWAY},messaging_operation_name="send"`,
              ),
              legend: 'half within',
            },
            {
              expr: quantile(
                0.99,
                'messaging_client_operation_duration',
                '',
                `${IN_GATEWAY},messaging_operation_name="send"`,
              ),
              legend: '99 % within',
            },
          ],
          alerts: ['MillraceAcknowledgeSlow', 'MillraceKafkaUnreachable'],
        },
        {
          title: 'How long do records wait for Kafka?',
          advice:
            'Age of the oldest record that waits for its request. Above zero for long: the brokers are slower than what comes, and the queue will refuse with 503 when it is full.',
          kind: 'lines',
          unit: 's',
          queries: [
            { expr: `max by (instance) (${of('millrace_kafka_queue_age', IN_GATEWAY)})`, legend: '{{instance}}' },
          ],
          alerts: ['MillraceKafkaUnreachable'],
        },
        {
          title: 'How much is in hand?',
          advice:
            'Bodies in memory, and records that Kafka has not acknowledged. Both are bounded; at the bound the gateway refuses with 503.',
          kind: 'lines',
          unit: 'bytes',
          queries: [
            { expr: `sum(${of('millrace_gateway_bytes_in_hand')})`, legend: 'bodies' },
            { expr: `sum(${of('millrace_kafka_queue_bytes', IN_GATEWAY)})`, legend: 'waiting for Kafka' },
          ],
        },
        {
          title: 'Is a gateway busy?',
          advice: 'Share of time in which the event loop was not idle. Near 1 answers get slow: add replicas.',
          kind: 'lines',
          unit: 'percentunit',
          max: 1,
          queries: [{ expr: of('nodejs_eventloop_utilization', IN_GATEWAY), legend: '{{instance}}' }],
          limits: [{ at: 0.8 }],
        },
        {
          title: 'How many records share a request to Kafka?',
          advice:
            'Mean records in one produce request: what is waiting goes together. It grows with load, and 1 at rest is right.',
          kind: 'lines',
          unit: 'short',
          queries: [{ expr: mean('millrace_kafka_batch_records', 'instance', IN_GATEWAY), legend: '{{instance}}' }],
        },
      ],
    },
    {
      title: 'Secrets, clocks and callers that wait',
      questions: [
        {
          title: 'How long do secrets hold?',
          advice:
            'Days until the certificate that senders see, and the last secret of each source, end; a year stands for longer and for never. Rotate in time: both old and new secret may hold at once.',
          kind: 'bars',
          unit: 'd',
          decimals: 0,
          min: 0,
          max: 365,
          width: 6,
          queries: [
            {
              expr: `clamp_max((min(${of('millrace_ingress_certificate_not_after')}) - time()) / 86400, 365)`,
              legend: 'certificate',
            },
            {
              expr: `clamp_max((min by (source) (${of('millrace_source_secret_not_after', 'source=~"$source"')}) - time()) / 86400, 365)`,
              legend: '{{source}}',
            },
          ],
          limits: [
            { at: 2, isBadBelow: true, level: 'bad', alert: 'MillraceCertificateExpiring' },
            { at: 14, isBadBelow: true, alert: 'MillraceCertificateExpiring' },
          ],
          alerts: ['MillraceSecretExpiring'],
        },
        {
          title: 'How far are senders’ clocks from ours?',
          advice:
            'Signed times against the time of receipt, 99 % of requests. Nearing a source’s tolerance (5 minutes unless set), its requests are refused as stale: a slow sender, or a wrong clock, perhaps ours.',
          kind: 'lines',
          unit: 's',
          width: 6,
          queries: [
            {
              expr: quantile(0.99, 'millrace_gateway_freshness_skew', 'source, direction', 'source=~"$source"'),
              legend: '{{source}}, {{direction}}',
            },
          ],
        },
        {
          title: 'How long does a signature check take?',
          advice: '99 % of checks. Milliseconds mean a busy process, not slow cryptography.',
          kind: 'lines',
          unit: 's',
          width: 6,
          queries: [
            {
              expr: quantile(0.99, 'millrace_gateway_verification_duration', 'source', 'source=~"$source"'),
              legend: '{{source}}',
            },
          ],
        },
        {
          title: 'How long is each source kept waiting?',
          advice:
            '95 % of accepted requests by source. A synchronous source (Make) waits until its answer is made, and gets 408 after `WEBHOOK_TIMEOUT_SECONDS`: look at knowledge-graph on *consumers*.',
          kind: 'lines',
          unit: 's',
          width: 6,
          queries: [
            {
              expr: quantile(0.95, 'millrace_gateway_acknowledge_duration', 'source', 'source=~"$source"'),
              legend: '{{source}}',
            },
          ],
        },
        {
          title: 'How many callers wait for a reply?',
          advice:
            'Synchronous requests whose answer is still being made. At its bound the gateway refuses more of them with 503.',
          kind: 'lines',
          unit: 'short',
          width: 12,
          queries: [{ expr: `sum by (instance) (${of('millrace_gateway_waiting_callers')})`, legend: '{{instance}}' }],
        },
        {
          title: 'Are the sources those of the file?',
          advice:
            'By service: `no` while the sources file breaks a rule and the former sources are in use. Each log names the rule and its line.',
          kind: 'states',
          unit: 'short',
          width: 12,
          words: { 0: { text: 'yes', tone: 'good' }, 1: { text: 'no', tone: 'bad' } },
          queries: [{ expr: `max by (job) (${of('millrace_sources_refused')})`, legend: '{{job}}' }],
          alerts: ['MillraceSourcesFileRefused'],
        },
      ],
    },
  ],
}

import { grown, mean, NOT_WAITING, of, perSecond, quantile } from '../promql.ts'
import type { Board } from '../question.ts'

const GROUP = 'group=~"$group"'
const OF_GROUP = 'messaging_consumer_group_name=~"$group"'

/** Everything that reads from Kafka: how far behind, how fast, what fails. */
export const consumers: Board = {
  name: 'consumers',
  title: 'Millrace: consumers',
  description: 'Does every group keep up, and where is the record that holds it?',
  choices: [{ name: 'group', label: 'Group', values: 'label_values(millrace_consumer_lag, group)' }],
  rows: [
    {
      title: 'Do they keep up?',
      questions: [
        {
          title: 'How old is the oldest unfinished record?',
          advice:
            'By group, without what waits on purpose (retries, replays). Climbing at one second a second: the group stands still, look at rebalances, retries and the brokers. Flat but high: it needs more replicas, up to one a partition.',
          kind: 'lines',
          width: 12,
          names: 'right',
          unit: 's',
          queries: [
            { expr: `max by (group) (${of('millrace_consumer_age', `${GROUP},${NOT_WAITING}`)})`, legend: '{{group}}' },
          ],
          limits: [{ at: 300, level: 'bad', alert: 'MillraceBacklogOld' }],
          alerts: ['MillraceConsumerStuck'],
        },
        {
          title: 'How many records are not finished?',
          advice:
            'By group, over its partitions. What waits in retry topics for its time counts: for `delivery-send` some is normal.',
          kind: 'lines',
          width: 12,
          names: 'right',
          unit: 'short',
          queries: [{ expr: `sum by (group) (${of('millrace_consumer_lag', GROUP)})`, legend: '{{group}}' }],
          alerts: ['MillraceBacklogOld'],
        },
        {
          title: 'How many records are worked through?',
          advice: 'Records handed to each group. Zero beside a growing lag is a group that stands still.',
          kind: 'lines',
          width: 12,
          names: 'right',
          unit: 'recps',
          queries: [
            {
              expr: perSecond('messaging_client_consumed_messages_total', 'messaging_consumer_group_name', OF_GROUP),
              legend: '{{messaging_consumer_group_name}}',
            },
          ],
        },
        {
          title: 'Which partitions hold a group up?',
          advice:
            'The ten oldest. One partition alone is one key that is hot, or one record that is tried again and again; all of a group is the group.',
          kind: 'table',
          unit: 's',
          decimals: 1,
          width: 12,
          columns: ['group', 'topic', 'partition'],
          queries: [
            {
              expr: `topk(10, max by (group, topic, partition) (${of('millrace_consumer_age', `${GROUP},${NOT_WAITING}`)}))`,
            },
          ],
          alerts: ['MillraceConsumerStuck'],
        },
      ],
    },
    {
      title: 'How fast do they work?',
      questions: [
        {
          title: 'How long does a batch or a record take?',
          advice:
            '99 % of batches in a transform, of records elsewhere. A group that got slow shows here before its lag grows.',
          kind: 'lines',
          width: 12,
          names: 'right',
          unit: 's',
          queries: [
            {
              expr: quantile(0.99, 'messaging_process_duration', 'messaging_consumer_group_name', OF_GROUP),
              legend: '{{messaging_consumer_group_name}}',
            },
          ],
          alerts: ['MillraceResponseTimesDegrading'],
        },
        {
          title: 'How long is a record in hand?',
          advice:
            'Age in hand of the oldest record that a consumer works on. It holds back its partition’s commits, not other keys. Long: what it calls does not answer.',
          kind: 'lines',
          width: 12,
          names: 'right',
          unit: 's',
          queries: [{ expr: `max by (consumer) (${of('millrace_consumer_oldest')})`, legend: '{{consumer}}' }],
          alerts: ['MillraceConsumerStuck'],
        },
        {
          title: 'How many records are in hand?',
          advice:
            'Records taken and not finished, by consumer. At its bound a consumer reads no more until one is done.',
          kind: 'lines',
          width: 12,
          names: 'right',
          unit: 'short',
          queries: [{ expr: `sum by (consumer) (${of('millrace_consumer_in_flight')})`, legend: '{{consumer}}' }],
        },
        {
          title: 'Do groups rebalance?',
          advice:
            'Rebalances in 15 minutes, by group. Each stops all members for a moment. One at a release or a scaling is right; again and again means members that miss their heartbeats: look at the event loop and at restarts.',
          kind: 'lines',
          width: 12,
          names: 'right',
          unit: 'short',
          queries: [
            {
              expr: `sum by (group) (increase(${of('millrace_consumer_rebalances_total', GROUP)}[15m]))`,
              legend: '{{group}}',
            },
          ],
          limits: [{ at: 5, alert: 'MillraceConsumerRebalancing' }],
        },
        {
          title: 'Do the brokers answer?',
          advice:
            '99 % of operations by kind: send, receive, commit. Slow ones of all services at once are the brokers or the network.',
          kind: 'lines',
          unit: 's',
          queries: [
            {
              expr: quantile(0.99, 'messaging_client_operation_duration', 'messaging_operation_name'),
              legend: '{{messaging_operation_name}}',
            },
          ],
          alerts: ['MillraceKafkaUnreachable'],
        },
        {
          title: 'How many records share a request?',
          advice: 'Mean records in one produce request, by service.',
          kind: 'lines',
          unit: 'short',
          queries: [{ expr: mean('millrace_kafka_batch_records', 'job'), legend: '{{job}}' }],
        },
        {
          title: 'Are all partitions in order?',
          advice:
            'Partitions of our topics, and those without all their replicas or without a leader. Under-replicated: a broker is away, nothing is lost yet. Offline: that partition takes nothing.',
          kind: 'lines',
          unit: 'short',
          queries: [{ expr: `max by (state) (${of('millrace_kafka_partitions')})`, legend: '{{state}}' }],
          alerts: ['MillraceTopicsUnderReplicated', 'MillracePartitionsOffline'],
        },
      ],
    },
    {
      title: 'What fails?',
      questions: [
        {
          title: 'What is tried again?',
          advice:
            'Repeated tries of records by group and class: transient (what it calls is away), throttled (what it calls asked to wait). The group’s log names the reason.',
          kind: 'lines',
          width: 12,
          names: 'right',
          unit: 'ops',
          queries: [
            { expr: perSecond('millrace_record_retries_total', 'group, kind', GROUP), legend: '{{group}}: {{kind}}' },
          ],
          alerts: ['MillraceRecordRetrySpike'],
        },
        {
          title: 'What became a dead letter?',
          none: 'none',
          advice:
            'Records put aside in the time that is shown, by group and error code (docs/errors.md). Mend the cause, then `millrace dlq redrive`.',
          kind: 'bars',
          unit: 'short',
          decimals: 0,
          queries: [
            {
              expr: `sort_desc(label_replace(${grown('millrace_dead_letters_total', 'group, code', GROUP)} > 0, "class", "$1", "code", "MR_(.+)"))`,
              legend: '{{group}}: {{class}}',
            },
          ],
          alerts: ['MillraceDeadLetters'],
        },
        {
          title: 'Any record lost?',
          width: 4,
          advice:
            'Offsets that retention had removed before their group read them, in the time that is shown. Each is an event lost to that group: it was away for longer than its topic keeps. Replay, or let the poller repair.',
          kind: 'number',
          unit: 'short',
          height: 8,
          queries: [{ expr: `${grown('millrace_offset_gaps_total', '', GROUP)}` }],
          limits: [{ at: 1, level: 'bad' }],
          alerts: ['MillraceOffsetGap'],
        },
      ],
    },
    {
      title: 'By what they do',
      questions: [
        {
          title: 'dedup: is it new?',
          advice: 'Verdicts a second. `held` in a mode in which webhooks of that source are not ours.',
          kind: 'areas',
          unit: 'eps',
          queries: [{ expr: perSecond('millrace_dedup_verdicts_total', 'verdict'), legend: '{{verdict}}' }],
        },
        {
          title: 'conversation-refresh: how are events answered?',
          advice: 'By what answered them: one call for many events of a conversation is what keeps the Front budget.',
          kind: 'areas',
          unit: 'eps',
          queries: [{ expr: perSecond('millrace_refresh_events_total', 'outcome'), legend: '{{outcome}}' }],
        },
        {
          title: 'conversation-refresh: which reads fail?',
          advice:
            'Failed reads of Front by error code. What may pass is tried again; the alert is about Front, not about one read.',
          kind: 'lines',
          unit: 'ops',
          queries: [{ expr: perSecond('millrace_refresh_failures_total', 'code'), legend: '{{code}}' }],
          alerts: ['MillraceFrontFailing'],
        },
        {
          title: 'knowledge-graph: what came of extractions?',
          advice: 'Extractions by source and status.',
          kind: 'areas',
          unit: 'ops',
          queries: [
            {
              expr: perSecond('millrace_knowledge_extractions_total', 'source, status'),
              legend: '{{source}}: {{status}}',
            },
          ],
        },
        {
          title: 'console: how old is what the page shows?',
          advice: 'Age of the ledger behind the console’s page. It only reads: ingestion does not notice.',
          kind: 'lines',
          unit: 's',
          queries: [{ expr: `min(${of('millrace_console_ledger_age')})`, legend: 'ledger' }],
          limits: [{ at: 600, alert: 'MillraceLedgerBehind' }],
        },
        {
          title: 'handlers: what do they make of events?',
          advice:
            'Runs by handler and outcome: `again` is tried again, `failed` is a dead letter. The code is the team’s own.',
          kind: 'lines',
          unit: 'ops',
          queries: [
            { expr: perSecond('millrace_handlers_runs_total', 'handler, outcome'), legend: '{{handler}}: {{outcome}}' },
          ],
        },
      ],
    },
  ],
}

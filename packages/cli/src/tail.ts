import type { Kafka, RawRecord } from '@millrace/kafka'
import { readToEnd, requireTopic } from '@millrace/operations'
import { topics } from '@millrace/schemas'
import { type Call, command, type Terminal, usage } from './command.ts'
import { type FoundTopic, findTopic } from './find-topic.ts'
import { readTime } from './read-time.ts'
import { recordLine, recordText } from './show-record.ts'
import { withKafka } from './with-kafka.ts'

const options = {
  from: {
    type: 'string',
    value: 'beginning|now|TIME',
    doc: 'Where to begin: also 30m, 6h, 3d ago, or a time with its zone. Default now, and beginning with --until-end.',
  },
  count: { type: 'string', value: 'N', doc: 'End after N records.' },
  'until-end': { type: 'boolean', doc: 'End at the end that the topic has now, instead of waiting for more.' },
  headers: { type: 'boolean', doc: 'Show record headers.' },
  json: { type: 'boolean', doc: 'One JSON object per line on a terminal too, as on a pipe.' },
  base64: { type: 'boolean', doc: 'Show bytes as base64 even where they are JSON: exactly what was sent.' },
} as const

interface Plan {
  readonly from: 'beginning' | 'end' | number
  readonly count: number
  readonly isUntilEnd: boolean
}

/** `tail`: records of a topic, decoded. */
export const tail = command({
  name: 'tail',
  takes: ['TOPIC'],
  summary: 'Show the records of a topic, decoded, as they come.',
  details: [
    `TOPIC is a name (${topics.events.name}), its key in the registry, or a dead-letter topic (events.dlq.GROUP).`,
    `Keys: ${Object.keys(topics).join(', ')}.`,
    'On a terminal records are laid out for reading, on a pipe they are one JSON object per line; bytes that are JSON are',
    'shown as JSON, others as {"base64": "..."}. A value that cannot be decoded has "undecodable" in its place.',
    '',
    'millrace tail events',
    "npm run -s millrace -- tail events --from 2h --until-end | jq -r '.value.type' | sort | uniq -c",
    'millrace tail requested.dlq.delivery-send --from beginning --headers',
  ].join('\n'),
  options,
  run: (call, terminal) => {
    const found = findTopic(call.args[0] ?? '')
    const plan = planOf(call.options)
    return withKafka(async ({ kafka }) => {
      await requireTopic(kafka, found.topic)
      await show(kafka, found, plan, call, terminal)
      return 0
    })
  },
})

async function show(
  kafka: Kafka,
  { topic, decodedAs }: FoundTopic,
  plan: Plan,
  call: Call<typeof options>,
  terminal: Terminal,
): Promise<void> {
  const { signal } = terminal
  const render = call.options.json || !terminal.isInteractive ? recordLine : recordText
  const shown = { hasHeaders: call.options.headers === true, isBase64: call.options.base64 === true }
  const since = typeof plan.from === 'number' ? plan.from : undefined
  const records = plan.isUntilEnd
    ? readToEnd(kafka, topic, signal, since)
    : kafka.read(topic, { from: plan.from, signal })
  let left = plan.count
  for await (const record of records) {
    terminal.line(render(record, decodedOf(kafka, decodedAs, record), shown))
    await terminal.drained()
    left -= 1
    if (left === 0) return
  }
}

function decodedOf(kafka: Kafka, topic: FoundTopic['decodedAs'], record: RawRecord): unknown {
  try {
    return kafka.decode(topic, record)
  } catch {
    return { undecodable: record.value }
  }
}

function planOf({ from, count, 'until-end': isUntilEnd = false }: Call<typeof options>['options']): Plan {
  if (isUntilEnd && from === 'now') throw usage('--until-end ends now: leave out --from now', 'tail')
  if (count !== undefined && !/^[1-9]\d{0,14}$/.test(count))
    throw usage(`--count is a whole number from 1, not "${count}"`, 'tail')
  return {
    from: startOf(from ?? (isUntilEnd ? 'beginning' : 'now')),
    count: count === undefined ? Number.POSITIVE_INFINITY : Number(count),
    isUntilEnd,
  }
}

function startOf(from: string): Plan['from'] {
  if (from === 'beginning') return from
  if (from === 'now') return 'end'
  return readTime(from, Date.now(), '--from (beyond beginning and now)', 'tail')
}

import { readDead, readToEnd, requireTopic } from '@millrace/operations'
import { type Attempt, topics } from '@millrace/schemas'
import { command } from './command.ts'
import { CliError } from './errors.ts'
import { textTable } from './table.ts'
import { withKafka } from './with-kafka.ts'

/** `deliveries show`: every try of one delivery. */
export const showDelivery = command({
  name: 'deliveries show',
  takes: ['ID'],
  summary: 'Show every try of a delivery, where its time went, and what the endpoint answered.',
  details: 'ID is the webhook-id that the receiver saw.',
  options: { json: { type: 'boolean', doc: 'One JSON object per try.' } },
  run({ args: [id = ''], options: { json } }, terminal) {
    return withKafka(async ({ kafka }) => {
      await requireTopic(kafka, topics.attempts)
      const tries: Attempt[] = []
      for await (const record of readToEnd(kafka, topics.attempts, terminal.signal)) {
        const attempt = kafka.decode(topics.attempts, record)
        if (attempt?.delivery_id === id) tries.push(attempt)
      }
      const [dead] = await readDead(kafka, { ids: [id] }, terminal.signal)
      if (tries.length === 0 && dead === undefined)
        throw new CliError('MR_CLI_NOT_FOUND', `there is no try of a delivery ${id} within the last 30 days`)
      if (json)
        for (const each of tries) terminal.line(JSON.stringify({ ...each, answer: each.answer?.toString() ?? null }))
      else terminal.line(asText(tries))
      if (dead !== undefined) terminal.note(`dead since ${new Date(dead.at).toISOString()}: ${dead.reason}`)
      return 0
    })
  },
})

function asText(tries: readonly Attempt[]): string {
  const [first] = tries
  if (first === undefined) return 'no try'
  const head = `tenant ${first.tenant}, endpoint ${first.endpoint_id}, event ${first.event_id} (${first.event_type})`
  const rows = tries.map((each) => [
    String(each.attempt),
    new Date(each.started_at).toISOString(),
    each.outcome,
    each.status_code === null ? '-' : String(each.status_code),
    each.error_code ?? '',
    each.phase,
    String(each.duration_ms),
    steps(each),
    each.next_attempt_at === null ? '' : new Date(each.next_attempt_at).toISOString(),
  ])
  const table = textTable(['TRY', 'AT', 'OUTCOME', 'STATUS', 'CLASS', 'CAME TO', 'MS', 'STEPS (MS)', 'NEXT'], rows)
  const answer = tries.findLast((each) => each.answer !== null)?.answer
  return [head, table, ...(answer == null ? [] : ['', `last answer: ${printable(answer)}`])].join('\n')
}

function steps({ dns_us, connect_us, tls_us, first_byte_us }: Attempt): string {
  const parts = { dns: dns_us, connect: connect_us, tls: tls_us, 'first byte': first_byte_us }
  return Object.entries(parts)
    .flatMap(([name, us]) => (us === null ? [] : [`${name} ${(us / 1_000).toFixed(1)}`]))
    .join(', ')
}

/** What a stranger's server says must not steer the terminal. */
function printable(answer: Buffer): string {
  return JSON.stringify(answer.toString())
}

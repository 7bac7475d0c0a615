import { uuidv7 } from '@millrace/domain'
import type { Kafka } from '@millrace/kafka'
import { type Attempt, type Delivery, type Endpoint, topics } from '@millrace/schemas'
import { command, type Terminal } from './command.ts'
import { conditionOf } from './endpoint-condition.ts'
import { findEndpoint, readEndpointStates } from './endpoint-records.ts'
import { CliError } from './errors.ts'
import { withKafka } from './with-kafka.ts'

/** The longest time of a try, and what goes before and after it. */
const ANSWER_WITHIN_MS = 45_000

/** `endpoints test`: one delivery through the whole service, as every other goes. */
export const testEndpoint = command({
  name: 'endpoints test',
  takes: ['ID'],
  summary: 'Send an endpoint one delivery (type endpoint.test), and show what came of the first try.',
  details:
    'The delivery service sends it as it sends all others, signed and within the limits. Exit code 1 when the try failed.',
  options: {
    tenant: { type: 'string', value: 'NAME', doc: 'Only when it is of this tenant.' },
    json: { type: 'boolean', doc: 'The attempt as one JSON object.' },
  },
  run: ({ args: [id = ''], options: { tenant, json } }, terminal) =>
    withKafka(async ({ kafka }) => {
      const { key, endpoint } = await findEndpoint(kafka, id, tenant)
      const delivery = testDelivery(endpoint, Date.now())
      const attempt = await attemptOf(kafka, delivery, key, terminal.signal)
      if (json) terminal.line(JSON.stringify(attempt))
      else
        terminal.line(
          `${attempt.outcome}  ${attempt.error_code ?? ''} ${attempt.status_code === null ? 'no answer' : `status ${attempt.status_code}`} after ${attempt.duration_ms} ms  ${attempt.delivery_id}`.replaceAll(
            / {3,}/g,
            '  ',
          ),
        )
      // Read only now: the test itself may have been answered with 410.
      if (attempt.outcome !== 'succeeded') await hint(kafka, endpoint, terminal)
      return attempt.outcome === 'succeeded' ? 0 : 1
    }),
})

async function hint(kafka: Kafka, endpoint: Endpoint, terminal: Terminal): Promise<void> {
  const { state } = conditionOf(endpoint, await readEndpointStates(kafka), Date.now())
  if (state === 'enabled') return
  const why = {
    disabled: 'its owner disabled it',
    gone: 'it answered 410 and is disabled',
    failing: 'it was disabled for answering nothing but failures',
  }[state]
  terminal.note(`${why}: millrace endpoints enable ${endpoint.endpoint_id} lets it get deliveries again`)
}

function testDelivery(endpoint: Endpoint, now: number): Delivery {
  const id = uuidv7()
  const payload = {
    endpoint_id: endpoint.endpoint_id,
    note: 'A test that somebody asked for with millrace endpoints test.',
  }
  const data = { event_id: id, conversation_id: null, contact_id: null, client_id: null, payload }
  return {
    tenant: endpoint.tenant,
    delivery_id: `msg_${id}`,
    endpoint_id: endpoint.endpoint_id,
    event_id: id,
    event_type: 'endpoint.test',
    conversation_id: null,
    requested_at: now,
    attempts: 0,
    not_before: 0,
    due_at: 0,
    waiting_for: '',
    first_requested_at: 0,
    run_id: '',
    sequence: 0,
    predecessor_id: null,
    approval: null,
    preview: null,
    body: Buffer.from(JSON.stringify({ type: 'endpoint.test', timestamp: new Date(now).toISOString(), data })),
  }
}

/** Begins to read attempts before it asks for one. @throws CliError `MR_CLI_NOT_FOUND` when none comes in time */
async function attemptOf(kafka: Kafka, delivery: Delivery, key: string, signal: AbortSignal): Promise<Attempt> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)])
  const records = kafka.read(topics.attempts, { from: 'end', signal: stop })[Symbol.asyncIterator]()
  const first = records.next()
  await kafka.send(topics.requested, key, delivery)
  for (let next = await first; !next.done; next = await records.next()) {
    const attempt = kafka.decode(topics.attempts, next.value)
    if (attempt?.delivery_id !== delivery.delivery_id) continue
    await records.return?.()
    return attempt
  }
  throw new CliError(
    'MR_CLI_NOT_FOUND',
    `no try within ${ANSWER_WITHIN_MS / 1_000} s: is the delivery service running?`,
  )
}

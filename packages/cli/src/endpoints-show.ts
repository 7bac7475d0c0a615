import { command } from './command.ts'
import { conditionFields, conditionOf } from './endpoint-condition.ts'
import { findEndpoint, readEndpointStates } from './endpoint-records.ts'
import { endpointLines, openPart } from './show-endpoint.ts'
import { withKafka } from './with-kafka.ts'

/** `endpoints show`: everything of one endpoint but its secrets. */
export const showEndpoint = command({
  name: 'endpoints show',
  takes: ['ID'],
  summary: 'Show one endpoint or config: how it does, filter, limits, public keys; never a secret.',
  options: {
    tenant: { type: 'string', value: 'NAME', doc: 'Only when it is of this tenant.' },
    json: { type: 'boolean', doc: 'One JSON object.' },
  },
  async run({ args: [id = ''], options: { tenant, json } }, terminal) {
    const { endpoint, states } = await withKafka(async ({ kafka }) => ({
      ...(await findEndpoint(kafka, id, tenant)),
      states: await readEndpointStates(kafka),
    }))
    const now = Date.now()
    const condition = conditionOf(endpoint, states, now)
    if (json) terminal.line(JSON.stringify({ ...openPart(endpoint), ...conditionFields(condition) }))
    else for (const line of endpointLines(endpoint, condition, now)) terminal.line(line)
    return 0
  },
})

import { command } from './command.ts'
import { findEndpoint } from './endpoint-records.ts'
import { endpointLines, openPart } from './show-endpoint.ts'
import { withKafka } from './with-kafka.ts'

/** `endpoints show`: everything of one endpoint but its secrets. */
export const showEndpoint = command({
  name: 'endpoints show',
  takes: ['ID'],
  summary: 'Show one endpoint or config: filter, limits, public keys; never a secret.',
  options: {
    tenant: { type: 'string', value: 'NAME', doc: 'Only when it is of this tenant.' },
    json: { type: 'boolean', doc: 'One JSON object.' },
  },
  async run({ args: [id = ''], options: { tenant, json } }, terminal) {
    const { endpoint } = await withKafka(({ kafka }) => findEndpoint(kafka, id, tenant))
    if (json) terminal.line(JSON.stringify(openPart(endpoint)))
    else for (const line of endpointLines(endpoint, Date.now())) terminal.line(line)
    return 0
  },
})

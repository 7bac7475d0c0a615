import { findEndpoint, readEndpointStates, viewOf } from '@millrace/operations'
import { command } from './command.ts'
import { endpointLines } from './show-endpoint.ts'
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
    const now = Date.now()
    const view = await withKafka(async ({ kafka }) =>
      viewOf(await findEndpoint(kafka, { id, tenant }), await readEndpointStates(kafka), now),
    )
    if (json) terminal.line(JSON.stringify(view))
    else for (const line of endpointLines(view, now)) terminal.line(line)
    return 0
  },
})

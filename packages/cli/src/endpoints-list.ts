import type { Endpoint } from '@millrace/schemas'
import { command } from './command.ts'
import { readEndpoints } from './endpoint-records.ts'
import { openPart } from './show-endpoint.ts'
import { textTable } from './table.ts'
import { withKafka } from './with-kafka.ts'

/** `endpoints list`: secrets are never among what it shows. */
export const listEndpoints = command({
  name: 'endpoints list',
  takes: [],
  summary: 'Show all endpoints, conversation configs among them.',
  options: {
    tenant: { type: 'string', value: 'NAME', doc: 'Only those of this tenant.' },
    json: { type: 'boolean', doc: 'One JSON object per line.' },
  },
  async run({ options: { tenant, json } }, terminal) {
    const all = await withKafka(({ kafka }) => readEndpoints(kafka))
    const endpoints = [...all.values()].filter((endpoint) => tenant === undefined || endpoint.tenant === tenant)
    if (json) for (const endpoint of endpoints) terminal.line(JSON.stringify(openPart(endpoint)))
    else if (endpoints.length === 0) terminal.note('no endpoints; millrace endpoints add URL adds one')
    else terminal.line(asTable(endpoints))
    return 0
  },
})

function asTable(endpoints: readonly Endpoint[]): string {
  return textTable(
    ['ENDPOINT', 'TENANT', 'STATE', 'KIND', 'TYPES', 'ONLY', 'URL'],
    endpoints.map((endpoint) => [
      endpoint.endpoint_id,
      endpoint.tenant,
      endpoint.is_enabled ? 'enabled' : 'disabled',
      endpoint.kind,
      endpoint.event_types.join(',') || 'messages',
      filterWords(endpoint) || 'all',
      endpoint.url,
    ]),
  )
}

function filterWords({ conversation_id, usecase, channels, inboxes, tags, payload_filter }: Endpoint): string {
  const names = [conversation_id ?? [], usecase ?? [], channels, inboxes, tags].flat()
  return [...names, ...(payload_filter === null ? [] : ['filter'])].join(',')
}

import type { EndpointView } from '@millrace/operations'
import { command } from './command.ts'
import { conditionIn, conditionWord } from './endpoint-condition.ts'
import { readEndpointViews } from './endpoint-views.ts'
import { textTable } from './table.ts'

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
    const rows = await readEndpointViews(tenant)
    if (json) for (const row of rows) terminal.line(JSON.stringify(row))
    else if (rows.length === 0) terminal.note('no endpoints; millrace endpoints add URL adds one')
    else terminal.line(asTable(rows))
    return 0
  },
})

function asTable(rows: readonly EndpointView[]): string {
  return textTable(
    ['ENDPOINT', 'TENANT', 'STATE', 'KIND', 'TYPES', 'ONLY', 'URL'],
    rows.map((endpoint) => [
      endpoint.endpoint_id,
      endpoint.tenant,
      conditionWord(conditionIn(endpoint)),
      endpoint.kind,
      endpoint.event_types.join(',') || 'messages',
      filterWords(endpoint) || 'all',
      endpoint.url,
    ]),
  )
}

function filterWords({ conversation_id, usecase, channels, inboxes, tags, payload_filter }: EndpointView): string {
  const names = [conversation_id ?? [], usecase ?? [], channels, inboxes, tags].flat()
  return [...names, ...(payload_filter === null ? [] : ['filter'])].join(',')
}

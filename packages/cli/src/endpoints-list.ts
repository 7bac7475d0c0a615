import type { Endpoint } from '@millrace/schemas'
import { command } from './command.ts'
import { conditionFields, conditionOf, conditionWord, type EndpointCondition } from './endpoint-condition.ts'
import { readEndpointStates, readEndpoints } from './endpoint-records.ts'
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
    const [all, states] = await withKafka(async ({ kafka }) => [
      await readEndpoints(kafka),
      await readEndpointStates(kafka),
    ])
    const now = Date.now()
    const rows = [...all.values()]
      .filter((endpoint) => tenant === undefined || endpoint.tenant === tenant)
      .map((endpoint) => ({ endpoint, condition: conditionOf(endpoint, states, now) }))
    if (json)
      for (const { endpoint, condition } of rows)
        terminal.line(JSON.stringify({ ...openPart(endpoint), ...conditionFields(condition) }))
    else if (rows.length === 0) terminal.note('no endpoints; millrace endpoints add URL adds one')
    else terminal.line(asTable(rows))
    return 0
  },
})

interface Row {
  readonly endpoint: Endpoint
  readonly condition: EndpointCondition
}

function asTable(rows: readonly Row[]): string {
  return textTable(
    ['ENDPOINT', 'TENANT', 'STATE', 'KIND', 'TYPES', 'ONLY', 'URL'],
    rows.map(({ endpoint, condition }) => [
      endpoint.endpoint_id,
      endpoint.tenant,
      conditionWord(condition),
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

import { command } from './command.ts'
import { findEndpoint, writeEndpoint } from './endpoint-records.ts'
import { withKafka } from './with-kafka.ts'

const options = { tenant: { type: 'string', value: 'NAME', doc: 'Only when it is of this tenant.' } } as const

/** Enabling writes the endpoint anew even when it is enabled: that ends what the service disabled by itself (410, only failures). */
export const enableEndpoint = command({
  name: 'endpoints enable',
  takes: ['ID'],
  summary: 'Let an endpoint or config get deliveries again, whoever disabled it.',
  options,
  run: ({ args: [id = ''], options: { tenant } }, terminal) =>
    withKafka(async ({ kafka }) => {
      const { key, endpoint } = await findEndpoint(kafka, id, tenant)
      await writeEndpoint(kafka, key, { ...endpoint, is_enabled: true, updated_at: Date.now() })
      terminal.line(`enabled  ${id}`)
      return 0
    }),
})

/** `endpoints disable`: never asks for approval. */
export const disableEndpoint = command({
  name: 'endpoints disable',
  takes: ['ID'],
  summary: 'Pause an endpoint or config: it gets nothing, and what waits for it is dropped.',
  options,
  run: ({ args: [id = ''], options: { tenant } }, terminal) =>
    withKafka(async ({ kafka }) => {
      const { key, endpoint } = await findEndpoint(kafka, id, tenant)
      await writeEndpoint(kafka, key, { ...endpoint, is_enabled: false, updated_at: Date.now() })
      terminal.line(`disabled  ${id}`)
      return 0
    }),
})

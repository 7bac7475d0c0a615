import { command } from './command.ts'
import { findEndpoint, writeEndpoint } from './endpoint-records.ts'
import { withKafka } from './with-kafka.ts'

/** `endpoints remove`: what is on its way to it is dropped. */
export const removeEndpoint = command({
  name: 'endpoints remove',
  takes: ['ID'],
  summary: 'Remove an endpoint or config; deliveries that wait for it are dropped.',
  options: { tenant: { type: 'string', value: 'NAME', doc: 'Only when it is of this tenant.' } },
  run: ({ args: [id = ''], options: { tenant } }, terminal) =>
    withKafka(async ({ kafka }) => {
      const { key } = await findEndpoint(kafka, id, tenant)
      await writeEndpoint(kafka, key, null)
      terminal.line(`removed  ${id}`)
      return 0
    }),
})

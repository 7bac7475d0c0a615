import { command } from './command.ts'
import { readEndpoints, writeEndpoint } from './endpoint-records.ts'
import { CliError } from './errors.ts'
import { withKafka } from './with-kafka.ts'

/** `endpoints remove`: what is on its way to it is dropped. */
export const removeEndpoint = command({
  name: 'endpoints remove',
  takes: ['ID'],
  summary: 'Remove an endpoint; deliveries that wait for it are dropped.',
  options: { tenant: { type: 'string', value: 'NAME', doc: 'Only when it is of this tenant.' } },
  run: ({ args: [id = ''], options: { tenant } }, terminal) =>
    withKafka(async ({ kafka }) => {
      const found = [...(await readEndpoints(kafka))].find(
        ([, endpoint]) => endpoint.endpoint_id === id && (tenant === undefined || endpoint.tenant === tenant),
      )
      if (found === undefined) throw new CliError('MR_CLI_NOT_FOUND', `there is no endpoint ${id}`)
      await writeEndpoint(kafka, found[0], null)
      terminal.line(`removed  ${id}`)
      return 0
    }),
})

import { changeEndpoints } from './change-endpoints.ts'
import { command } from './command.ts'

/** `endpoints remove`: what is on its way to it is dropped. */
export const removeEndpoint = command({
  name: 'endpoints remove',
  takes: ['ID'],
  summary: 'Remove an endpoint or config; deliveries that wait for it are dropped.',
  options: { tenant: { type: 'string', value: 'NAME', doc: 'Only when it is of this tenant.' } },
  run: ({ args: [id = ''], options: { tenant } }, terminal) =>
    changeEndpoints(terminal, async (endpoints) => {
      await endpoints.remove({ id, tenant })
      terminal.line(`removed  ${id}`)
      return 0
    }),
})

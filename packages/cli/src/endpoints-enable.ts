import { changeEndpoints } from './change-endpoints.ts'
import { command } from './command.ts'

const options = {
  tenant: { type: 'string', value: 'NAME', doc: 'Only when it is of this tenant.' },
  reason: { type: 'string', value: 'TEXT', doc: 'Why, for the audit and for whoever has to approve it.' },
} as const

/** Enabling writes the endpoint anew even when it is enabled: that ends what the service disabled by itself (410, only failures). */
export const enableEndpoint = command({
  name: 'endpoints enable',
  takes: ['ID'],
  summary: 'Let an endpoint or config get deliveries again, whoever disabled it.',
  details: 'Where the console asks for approval of it (CONSOLE_APPROVE), it waits for a second person.',
  options,
  run: ({ args: [id = ''], options: { tenant, reason = '' } }, terminal) =>
    changeEndpoints(terminal, async (endpoints) => {
      const { approval } = await endpoints.enable({ id, tenant }, reason)
      if (approval === undefined) terminal.line(`enabled  ${id}`)
      else {
        const until = new Date(approval.expires_at).toISOString()
        terminal.line(`waiting  ${id}  ${approval.id} until ${until}: a second person decides in the console`)
      }
      return 0
    }),
})

/** `endpoints disable`: never asks for approval. */
export const disableEndpoint = command({
  name: 'endpoints disable',
  takes: ['ID'],
  summary: 'Pause an endpoint or config: it gets nothing, and what waits for it is dropped.',
  options,
  run: ({ args: [id = ''], options: { tenant, reason = '' } }, terminal) =>
    changeEndpoints(terminal, async (endpoints) => {
      await endpoints.disable({ id, tenant }, reason)
      terminal.line(`disabled  ${id}`)
      return 0
    }),
})

import { changeEndpoints } from './change-endpoints.ts'
import { type Call, command, usage } from './command.ts'
import { endpointOptions, readEndpointOptions } from './endpoint-options.ts'
import { endpointLines } from './show-endpoint.ts'

const options = {
  tenant: { type: 'string', value: 'NAME', doc: 'Only when it is of this tenant.' },
  url: { type: 'string', value: 'URL', doc: 'Where deliveries are posted from now on.' },
  ...endpointOptions,
  signed: { type: 'boolean', doc: 'Sign again.' },
} as const

const name = 'endpoints update'

/** `endpoints update`: what is on its way goes by the new settings too, since each try reads the endpoint as it is. */
export const updateEndpoint = command({
  name,
  takes: ['ID'],
  summary: "Change an endpoint's URL, filter, limits or form; what is not named stays as it is.",
  details: 'The value none takes an option back to its default: --tags none, --filter none, --header none.',
  options,
  run: async (call, terminal) => {
    const { url, tenant } = call.options
    const given = { ...readEndpointOptions(call.options, name), ...signedAgain(call) }
    const changes = url === undefined ? given : { ...given, url }
    if (Object.keys(changes).length === 0) throw usage('name what is to change', name)
    return await changeEndpoints(terminal, async (endpoints) => {
      const { endpoint, notes } = await endpoints.update({ id: call.args[0] ?? '', tenant }, changes)
      for (const note of notes) terminal.note(note)
      for (const line of endpointLines(endpoint, Date.now())) terminal.line(line)
      return 0
    })
  },
})

function signedAgain({ options: { signed, unsigned } }: Call<typeof options>): { is_signed?: true } {
  if (signed && unsigned) throw usage('--signed or --unsigned, not both', name)
  return signed ? { is_signed: true } : {}
}

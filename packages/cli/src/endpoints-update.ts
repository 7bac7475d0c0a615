import type { Endpoint } from '@millrace/schemas'
import { targetsOf } from '@millrace/service-kit'
import { type Call, command, usage } from './command.ts'
import { conditionOf } from './endpoint-condition.ts'
import { endpointOptions, readEndpointOptions, sealedHeaders } from './endpoint-options.ts'
import { findEndpoint, writeEndpoint } from './endpoint-records.ts'
import { secretKeysOf } from './endpoint-secrets.ts'
import { endpointUrl } from './endpoint-url.ts'
import { noteUnknownTypes } from './endpoints-add.ts'
import { readCliSettings } from './settings.ts'
import { endpointLines } from './show-endpoint.ts'
import { withKafka } from './with-kafka.ts'

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
    const settings = readCliSettings()
    const given = { ...readEndpointOptions(call.options, name), ...signedAgain(call) }
    const { url: text, header } = call.options
    if (Object.keys(given).length === 0 && text === undefined && header === undefined)
      throw usage('name what is to change', name)
    const url = text === undefined ? undefined : await endpointUrl(text, targetsOf(settings), terminal, name)
    return withKafka(async ({ kafka }) => {
      const { key, endpoint } = await findEndpoint(kafka, call.args[0] ?? '', call.options.tenant)
      if (endpoint.kind === 'config') refuseForConfig(call)
      const changed: Endpoint = { ...endpoint, ...given, url: url ?? endpoint.url, updated_at: Date.now() }
      if (header !== undefined)
        changed.sealed_headers = sealedHeaders(endpoint, header, () => secretKeysOf(settings), name)
      if (changed.is_signed && changed.secrets.length === 0)
        throw usage('it has no secret to sign with: millrace endpoints rotate ID makes one', name)
      await writeEndpoint(kafka, key, changed)
      noteUnknownTypes(changed, terminal)
      const now = Date.now()
      // A change enables what the service disabled.
      for (const line of endpointLines(changed, conditionOf(changed, new Map(), now), now)) terminal.line(line)
      return 0
    })
  },
})

/** A config is found again by its conversation, usecase and channel; and a callback_url is never asked for consent. */
function refuseForConfig({ options: given }: Call<typeof options>): void {
  for (const option of ['conversation', 'channels'] as const)
    if (given[option] !== undefined) throw usage(`--${option} makes it another config: millrace configs set`, name)
  if (given.consent === 'required') throw usage('the callback_url of a config is never asked for consent', name)
}

function signedAgain({ options: { signed, unsigned } }: Call<typeof options>): Partial<Endpoint> {
  if (signed && unsigned) throw usage('--signed or --unsigned, not both', name)
  return signed ? { is_signed: true } : {}
}

import { type Changed, checkedSecret } from '@millrace/operations'
import { changeEndpoints } from './change-endpoints.ts'
import { type Call, command, type Terminal, usage } from './command.ts'
import { endpointOptions, readEndpointOptions } from './endpoint-options.ts'
import { readSignature, secretLines } from './endpoint-secrets.ts'
import { tenantOf } from './endpoint-views.ts'

const options = {
  tenant: { type: 'string', value: 'NAME', doc: 'Whose events it gets; default "default".' },
  secret: { type: 'string', value: 'whsec_...', doc: 'Secret to sign with; default a new one.' },
  signature: { type: 'string', value: 'v1|v1a|both', doc: 'Kind of new secrets: HMAC-SHA256 (default) or ed25519.' },
  ...endpointOptions,
  json: { type: 'boolean', doc: 'One JSON object with endpoint_id and secrets.' },
} as const

type AddCall = Call<typeof options>

const name = 'endpoints add'

/** `endpoints add` */
export const addEndpoint = command({
  name,
  takes: ['URL'],
  summary: "Add a customer's endpoint, and show its id and secret.",
  details: [
    'The secret is shown this once, and stored encrypted with MILLRACE_SECRET_KEYS.',
    'URLs are https and public (millrace endpoints check says by which rules), or anything where DELIVERY_ALLOW_HTTP and',
    'DELIVERY_ALLOW_PRIVATE are set, as npm start does.',
    '',
    "A filter's pattern is for the payload as it is sent: objects name fields, arrays list what they may be, a value or one of",
    'prefix, suffix, contains, equals-ignore-case, anything-but, exists, numeric; $or lists patterns.',
    '',
    'millrace endpoints add https://customer.net/hooks',
    "millrace endpoints add https://customer.net/hooks --types 'message.*,conversation.archived' --tags vip --order conversation",
    `millrace endpoints add https://customer.net/failed --filter '{"data":{"status":["FAILED"],"channel":[{"anything-but":"SMS"}]}}'`,
  ].join('\n'),
  options,
  run: async (call, terminal) => {
    const { options: given } = call
    const input = {
      url: call.args[0] ?? '',
      ...readEndpointOptions(given, name),
      ...wantedSecret(call),
    }
    const tenant = tenantOf(given, name)
    return await changeEndpoints(terminal, async (endpoints) => {
      const added = await endpoints.add(tenant, input)
      for (const note of added.notes) terminal.note(note)
      showAdded(added, given.json === true, terminal)
      return 0
    })
  },
})

/** Says once what is never shown again. */
export function showAdded({ endpoint, secrets, public_keys }: Changed, json: boolean, terminal: Terminal): void {
  const { endpoint_id, url } = endpoint
  if (json) {
    const [secret] = secrets
    const shown = { secrets, public_keys }
    terminal.line(JSON.stringify({ endpoint_id, url, ...(secret === undefined ? {} : { secret }), ...shown }))
    return
  }
  terminal.line(`endpoint  ${endpoint_id}`)
  terminal.line(`url       ${url}`)
  for (const line of secretLines({ secrets, public_keys })) terminal.line(line)
}

function wantedSecret({ options: { secret, signature } }: AddCall) {
  if (secret !== undefined && signature !== undefined)
    throw usage('--secret has its own kind: leave out --signature', name)
  if (secret !== undefined) return { secret: checkedSecret(secret) }
  return signature === undefined ? {} : { signature: readSignature(signature, name) }
}

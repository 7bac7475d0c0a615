import { newEndpoint, topicKey, uuidv7 } from '@millrace/domain'
import type { Endpoint } from '@millrace/schemas'
import { targetsOf } from '@millrace/service-kit'
import { type Call, command, type Terminal, usage } from './command.ts'
import { endpointOptions, readEndpointOptions, sealedHeaders, unknownTypes } from './endpoint-options.ts'
import { writeEndpoint } from './endpoint-records.ts'
import {
  checkedSecret,
  forReceivers,
  kindsOf,
  newSecretOf,
  sealedSecret,
  secretKeysOf,
  secretLines,
} from './endpoint-secrets.ts'
import { endpointUrl } from './endpoint-url.ts'
import { readCliSettings } from './settings.ts'
import { withKafka } from './with-kafka.ts'

const options = {
  tenant: { type: 'string', value: 'NAME', doc: 'Whose events it gets; default "default".' },
  secret: { type: 'string', value: 'whsec_...', doc: 'Secret to sign with; default a new one.' },
  signature: { type: 'string', value: 'v1|v1a|both', doc: 'Kind of new secrets: HMAC-SHA256 (default) or ed25519.' },
  ...endpointOptions,
  json: { type: 'boolean', doc: 'One JSON object with endpoint_id and secrets.' },
} as const

type AddCall = Call<typeof options>

const name = 'endpoints add'

/** `endpoints add`: until there is a console, the local stack's endpoints are written by this. */
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
    const settings = readCliSettings()
    const keys = secretKeysOf(settings)
    const secrets = secretsOf(call)
    const given = readEndpointOptions(call.options, name)
    const plain = newEndpoint({ tenant: tenantOf(call), endpoint_id: `ep_${uuidv7()}`, url: '' }, Date.now())
    const sealed_headers = sealedHeaders(plain, call.options.header ?? [], () => keys, name)
    const url = await endpointUrl(call.args[0] ?? '', targetsOf(settings), terminal, name)
    const endpoint: Endpoint = {
      ...plain,
      ...given,
      url,
      sealed_headers,
      secrets: secrets.map((secret) => sealedSecret(plain, secret, keys, plain.created_at)),
    }
    await withKafka(({ kafka }) => writeEndpoint(kafka, topicKey(endpoint.tenant, endpoint.endpoint_id), endpoint))
    noteUnknownTypes(endpoint, terminal)
    showAdded(endpoint, secrets, call.options.json === true, terminal)
    return 0
  },
})

/** Says once what is never shown again. */
export function showAdded(endpoint: Endpoint, secrets: readonly string[], json: boolean, terminal: Terminal): void {
  const { endpoint_id, url } = endpoint
  if (json) {
    const shown = forReceivers(secrets)
    const [secret] = shown.secrets
    terminal.line(JSON.stringify({ endpoint_id, url, ...(secret === undefined ? {} : { secret }), ...shown }))
    return
  }
  terminal.line(`endpoint  ${endpoint_id}`)
  terminal.line(`url       ${url}`)
  for (const line of secretLines(secrets)) terminal.line(line)
}

export function noteUnknownTypes(endpoint: Endpoint, terminal: Terminal): void {
  for (const type of unknownTypes(endpoint))
    terminal.note(`${type} matches no known event type; it will be sent nothing unless such events come`)
}

function tenantOf({ options: { tenant = 'default' } }: AddCall): string {
  if (!/^[A-Za-z0-9._-]{1,100}$/.test(tenant)) throw usage(`--tenant is a name, not "${tenant}"`, name)
  return tenant
}

function secretsOf({ options: { secret, signature, unsigned } }: AddCall): readonly string[] {
  if (secret !== undefined && signature !== undefined)
    throw usage('--secret has its own kind: leave out --signature', name)
  if (secret !== undefined) return [checkedSecret(secret, name)]
  if (unsigned === true && signature === undefined) return []
  return kindsOf(signature, name).map(newSecretOf)
}

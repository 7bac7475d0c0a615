import {
  eventTypes,
  isEventTypePattern,
  matchesEventType,
  newEndpoint,
  targetRules,
  taskReceived,
  topicKey,
  uuidv7,
} from '@millrace/domain'
import type { Endpoint } from '@millrace/schemas'
import { type Targets, targetsOf } from '@millrace/service-kit'
import {
  checkSecret,
  newSecret,
  parseSecretKeys,
  type SecretKeys,
  standardWebhooksV1,
  standardWebhooksV1a,
} from '@millrace/signing'
import { type Call, command, type Terminal, usage } from './command.ts'
import { writeEndpoint } from './endpoint-records.ts'
import { sealedSecret } from './endpoint-secrets.ts'
import { CliError } from './errors.ts'
import { type CliSettings, readCliSettings } from './settings.ts'
import { withKafka } from './with-kafka.ts'

const options = {
  secret: { type: 'string', value: 'whsec_...', doc: 'Secret to sign with; default a new one.' },
  types: {
    type: 'string',
    value: 'a,b',
    doc: 'Event types, with * or a prefix and .*; default message.received, message.sent and message.failed.',
  },
  conversation: { type: 'string', value: 'ID', doc: 'Only this conversation (cnv_...); default all.' },
  tenant: { type: 'string', value: 'NAME', doc: 'Whose events it gets; default "default".' },
  json: { type: 'boolean', doc: 'One JSON object with endpoint_id and secret.' },
} as const

type AddCall = Call<typeof options>

const name = 'endpoints add'

/** `endpoints add`: until there is a console, the local stack's endpoints are written by this. */
export const addEndpoint = command({
  name,
  takes: ['URL'],
  summary: "Add a customer's endpoint, and show its id and secret.",
  details:
    'The secret is shown this once, and stored encrypted with MILLRACE_SECRET_KEYS.\nURLs are https and public (millrace endpoints check says by which rules), or anything where DELIVERY_ALLOW_HTTP and\nDELIVERY_ALLOW_PRIVATE are set, as npm start does.',
  options,
  run: async (call, terminal) => {
    const settings = readCliSettings()
    const keys = keysOf(settings)
    const secret = secretOf(call)
    const url = await urlOf(call.args[0] ?? '', targetsOf(settings), terminal)
    const endpoint = endpointOf(call, url, keys, secret)
    const key = topicKey(endpoint.tenant, endpoint.endpoint_id)
    await withKafka(({ kafka }) => writeEndpoint(kafka, key, endpoint))
    for (const type of endpoint.event_types.filter(isUnknownType))
      terminal.note(`${type} matches no known event type; it will be sent nothing unless such events come`)
    const { endpoint_id } = endpoint
    if (call.options.json) terminal.line(JSON.stringify({ endpoint_id, url, secret }))
    else {
      terminal.line(`endpoint  ${endpoint_id}`)
      terminal.line(`url       ${url}`)
      terminal.line(`secret    ${secret}   (shown only now)`)
    }
    return 0
  },
})

function endpointOf(call: AddCall, url: string, keys: SecretKeys, secret: string): Endpoint {
  const { types, conversation, tenant = 'default' } = call.options
  if (!/^[A-Za-z0-9._-]{1,100}$/.test(tenant)) throw usage(`--tenant is a name, not "${tenant}"`, name)
  const now = Date.now()
  const endpoint = newEndpoint({ tenant, endpoint_id: `ep_${uuidv7()}`, url }, now)
  return {
    ...endpoint,
    event_types: typesOf(types),
    conversation_id: conversation ?? null,
    secrets: [sealedSecret(endpoint, secret, keys, now)],
  }
}

/** What only our own name servers can tell is left to the delivery, which judges every connection. */
async function urlOf(text: string, targets: Targets, terminal: Terminal): Promise<string> {
  const verdict = await targets.check(text)
  if (verdict.ok) return verdict.url.href
  const isOpen =
    verdict.rule === 'resolver-failed' || (verdict.rule === 'name-unresolved' && targets.policy.allowPrivate)
  if (!isOpen)
    throw usage(`the URL is refused by ${verdict.rule}: ${verdict.detail}. ${targetRules[verdict.rule]}`, name)
  terminal.note(`${verdict.detail}: whether its addresses may be called is judged when something is delivered`)
  return new URL(text).href
}

function typesOf(text: string | undefined): string[] {
  const types = (text ?? '').split(',').flatMap((type) => type.trim() || [])
  const bad = types.find((type) => !isEventTypePattern(type))
  if (bad !== undefined) throw usage(`--types: "${bad}" is no event type, * or prefix.*`, name)
  return types
}

/** Types are open-ended, so an unknown one is taken; but it is more often a slip than a plan. `front.*` is for types that Front adds. */
function isUnknownType(wanted: string): boolean {
  return (
    !wanted.startsWith('front.') && ![...eventTypes, taskReceived].some(({ type }) => matchesEventType(wanted, type))
  )
}

function secretOf({ options: { secret = newSecret() } }: AddCall): string {
  const scheme = secret.startsWith('whsk_') ? standardWebhooksV1a : standardWebhooksV1
  if (!/^wh(sec|sk)_/.test(secret)) throw usage('--secret begins with whsec_ (or whsk_ for ed25519)', name)
  try {
    checkSecret(scheme, { id: '--secret', secret })
  } catch {
    throw usage('--secret is whsec_ and base64 (or whsk_ and an ed25519 key)', name)
  }
  return secret
}

function keysOf({ secretKeys }: CliSettings): SecretKeys {
  if (secretKeys === undefined)
    throw new CliError('MR_CLI_SETTING_MISSING', 'MILLRACE_SECRET_KEYS is not set, so the secret cannot be stored')
  return parseSecretKeys(secretKeys)
}

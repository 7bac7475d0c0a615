import { checkedSecret, endpointBounds } from '@millrace/operations'
import { changeEndpoints } from './change-endpoints.ts'
import { type Call, command, usage } from './command.ts'
import { readSignature, secretLines } from './endpoint-secrets.ts'
import { readDuration, writeDuration } from './read-duration.ts'

const DAY_MS = 86_400_000
const name = 'endpoints rotate'

const options = {
  tenant: { type: 'string', value: 'NAME', doc: 'Only when it is of this tenant.' },
  secret: { type: 'string', value: 'whsec_...', doc: 'The new secret; default a new random one.' },
  signature: { type: 'string', value: 'v1|v1a|both', doc: 'Kinds to renew; default those that it has.' },
  overlap: { type: 'string', value: '24h', doc: 'How long the old one signs too, 0s to 7d; default 24h.' },
  json: { type: 'boolean', doc: 'One JSON object with endpoint_id and the new secrets.' },
} as const

/** `endpoints rotate`: while both sign, a receiver changes its secret without losing a delivery. */
export const rotateEndpoint = command({
  name,
  takes: ['ID'],
  summary: 'Give an endpoint a new secret; the old one signs too for 24 h.',
  details: 'The new secret is shown this once. After a leak: --overlap 0s.',
  options,
  run: async (call, terminal) => {
    const { tenant, secret, signature, json } = call.options
    const overlap_ms = overlapOf(call)
    const wanted = {
      ...(secret === undefined ? {} : { secret: checkedSecret(secret) }),
      ...(signature === undefined ? {} : { signature: readSignature(signature, name) }),
      overlap_ms,
    }
    return await changeEndpoints(terminal, async (endpoints) => {
      const made = await endpoints.rotate({ id: call.args[0] ?? '', tenant }, wanted)
      const { endpoint_id } = made.endpoint
      const { secrets, public_keys, old_signs_until } = made
      if (json) terminal.line(JSON.stringify({ endpoint_id, secrets, public_keys }))
      else {
        terminal.line(`endpoint  ${endpoint_id}`)
        for (const line of secretLines(made)) terminal.line(line)
        if (old_signs_until !== null)
          terminal.line(`the old one signs too until ${new Date(old_signs_until).toISOString()}`)
      }
      return 0
    })
  },
})

function overlapOf({ options: { overlap } }: Call<typeof options>): number {
  const ms = overlap === undefined ? DAY_MS : readDuration(overlap)
  if (ms === undefined || ms > endpointBounds.overlapMs)
    throw usage(`--overlap is a time of 0s to ${writeDuration(endpointBounds.overlapMs)}`, name)
  return ms
}

/** `endpoints reseal`: the step between a new key in MILLRACE_SECRET_KEYS and taking the old one out. */
export const resealEndpoints = command({
  name: 'endpoints reseal',
  takes: [],
  summary: "Encrypt all endpoints' secrets and headers anew with the current key of MILLRACE_SECRET_KEYS.",
  details: [
    'To change the key: put a new one first in MILLRACE_SECRET_KEYS of every service and restart them; run this; take the old one out.',
    'Where MILLRACE_CONSOLE_URL is set the console does it, with its own keys; its token needs the role admin in all tenants.',
    'Exit code 1 when something does not open with any of the keys; it is left as it is, and named.',
  ].join('\n'),
  options: { 'dry-run': { type: 'boolean', doc: 'Only say how many would be written.' } },
  run: async ({ options: given }, terminal) => {
    const isDryRun = given['dry-run'] === true
    const { key_id, written, current, failed } = await changeEndpoints(
      terminal,
      (endpoints) => endpoints.reseal(isDryRun),
      { isDryRun },
    )
    for (const { endpoint_id, reason } of failed) terminal.note(`${endpoint_id} is left as it is: ${reason}`)
    terminal.line(
      `${written} ${isDryRun ? 'to write' : 'written'} with key ${key_id}, ${current} were so already, ${failed.length} failed`,
    )
    return failed.length > 0 ? 1 : 0
  },
})

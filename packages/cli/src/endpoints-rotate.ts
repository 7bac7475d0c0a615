import type { Endpoint } from '@millrace/schemas'
import { type Call, command, usage } from './command.ts'
import { findEndpoint, readEndpoints, writeEndpoint } from './endpoint-records.ts'
import {
  checkedSecret,
  forReceivers,
  kindsOf,
  MAX_OVERLAP_MS,
  newSecretOf,
  resealed,
  rotated,
  type SecretKind,
  sealedSecret,
  secretKeysOf,
  secretLines,
} from './endpoint-secrets.ts'
import { readDuration, writeDuration } from './read-duration.ts'
import { readCliSettings } from './settings.ts'
import { withKafka } from './with-kafka.ts'

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
    const keys = secretKeysOf(readCliSettings())
    const overlapMs = overlapOf(call)
    return withKafka(async ({ kafka }) => {
      const { key, endpoint } = await findEndpoint(kafka, call.args[0] ?? '', call.options.tenant)
      const now = Date.now()
      const made = newSecrets(call, endpoint)
      const secrets = made.reduce(
        (before, secret) => rotated(before, sealedSecret(endpoint, secret, keys, now), overlapMs),
        endpoint.secrets,
      )
      await writeEndpoint(kafka, key, { ...endpoint, secrets, updated_at: now })
      const { endpoint_id } = endpoint
      if (call.options.json) terminal.line(JSON.stringify({ endpoint_id, ...forReceivers(made) }))
      else {
        terminal.line(`endpoint  ${endpoint_id}`)
        for (const line of secretLines(made)) terminal.line(line)
        if (overlapMs > 0) terminal.line(`the old one signs too until ${new Date(now + overlapMs).toISOString()}`)
      }
      return 0
    })
  },
})

function overlapOf({ options: { overlap } }: Call<typeof options>): number {
  const ms = overlap === undefined ? DAY_MS : readDuration(overlap)
  if (ms === undefined || ms > MAX_OVERLAP_MS)
    throw usage(`--overlap is a time of 0s to ${writeDuration(MAX_OVERLAP_MS)}`, name)
  return ms
}

function newSecrets({ options: { secret, signature } }: Call<typeof options>, endpoint: Endpoint): string[] {
  if (secret !== undefined) return [checkedSecret(secret, name)]
  const present = new Set<SecretKind>(
    endpoint.secrets.flatMap(({ kind, not_after }) => (not_after === null ? [kind] : [])),
  )
  const kinds = signature === undefined && present.size > 0 ? [...present] : kindsOf(signature, name)
  return kinds.map(newSecretOf)
}

/** `endpoints reseal`: the step between a new key in MILLRACE_SECRET_KEYS and taking the old one out. */
export const resealEndpoints = command({
  name: 'endpoints reseal',
  takes: [],
  summary: "Encrypt all endpoints' secrets and headers anew with the current key of MILLRACE_SECRET_KEYS.",
  details: [
    'To change the key: put a new one first in MILLRACE_SECRET_KEYS of every service and restart them; run this; take the old one out.',
    'Exit code 1 when something does not open with any of the keys; it is left as it is, and named.',
  ].join('\n'),
  options: { 'dry-run': { type: 'boolean', doc: 'Only say how many would be written.' } },
  run: async ({ options: given }, terminal) => {
    const keys = secretKeysOf(readCliSettings())
    return withKafka(async ({ kafka }) => {
      let [written, current, failed] = [0, 0, 0]
      for (const [key, endpoint] of await readEndpoints(kafka)) {
        try {
          const anew = resealed(endpoint, keys)
          if (anew === undefined) current += 1
          else {
            if (!given['dry-run']) await writeEndpoint(kafka, key, anew)
            written += 1
          }
        } catch (error) {
          if ((error as Error).name !== 'SigningError') throw error
          failed += 1
          terminal.note(`${endpoint.endpoint_id} is left as it is: ${(error as Error).message}`)
        }
      }
      terminal.line(
        `${written} ${given['dry-run'] ? 'to write' : 'written'} with key ${keys.currentId}, ${current} were so already, ${failed} failed`,
      )
      return failed > 0 ? 1 : 0
    })
  },
})

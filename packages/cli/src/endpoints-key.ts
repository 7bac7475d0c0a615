import { createPublicKey } from 'node:crypto'
import { findEndpoint } from '@millrace/operations'
import { command, usage } from './command.ts'
import { CliError } from './errors.ts'
import { withKafka } from './with-kafka.ts'

/** DER before the 32 key bytes: https://www.rfc-editor.org/rfc/rfc8410#section-4 */
const spkiStart = Buffer.from('302a300506032b6570032100', 'hex')

/** `endpoints key`: what the endpoint's owner needs to verify `v1a` signatures; public, so it may be asked for at any time. */
export const endpointKey = command({
  name: 'endpoints key',
  takes: ['ID'],
  summary: "Show an endpoint's public keys, with which receivers verify v1a (ed25519) signatures.",
  details:
    'While keys are rotated there are two, newest first; a receiver takes either. endpoints add --signature v1a makes such an endpoint,\nendpoints rotate ID --signature v1a gives one to an endpoint that has none.',
  options: {
    tenant: { type: 'string', value: 'NAME', doc: 'Only when it is of this tenant.' },
    format: { type: 'string', value: 'whpk|pem|jwks', doc: 'Default whpk, the form of Standard Webhooks.' },
  },
  async run({ args: [id = ''], options: { tenant, format = 'whpk' } }, terminal) {
    if (!['whpk', 'pem', 'jwks'].includes(format))
      throw usage(`--format is whpk, pem or jwks, not "${format}"`, 'endpoints key')
    const endpoint = await withKafka(({ kafka }) => findEndpoint(kafka, { id, tenant }))
    const now = Date.now()
    const keys = endpoint.secrets.flatMap(({ id: kid, public_key, not_after }) =>
      public_key !== null && (not_after === null || not_after > now) ? [{ kid, whpk: public_key }] : [],
    )
    if (keys.length === 0)
      throw new CliError(
        'MR_CLI_NOT_FOUND',
        `endpoint ${id} has no v1a key: millrace endpoints rotate ${id} --signature v1a`,
      )
    if (format === 'jwks')
      terminal.line(JSON.stringify({ keys: keys.map(({ kid, whpk }) => ({ ...jwkOf(whpk), kid })) }))
    else for (const { whpk } of keys) terminal.line(format === 'pem' ? pemOf(whpk) : whpk)
    return 0
  },
})

function keyOf(whpk: string) {
  const bytes = Buffer.from(whpk.slice('whpk_'.length), 'base64')
  return createPublicKey({ key: Buffer.concat([spkiStart, bytes]), format: 'der', type: 'spki' })
}

function pemOf(whpk: string): string {
  return String(keyOf(whpk).export({ type: 'spki', format: 'pem' })).trim()
}

function jwkOf(whpk: string): object {
  return { ...keyOf(whpk).export({ format: 'jwk' }), use: 'sig', alg: 'EdDSA' }
}

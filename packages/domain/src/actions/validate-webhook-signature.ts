import { type Rule, rules, type Scheme, type Secret, secretsForScheme, verifyRequest } from '@millrace/signing'
import { z } from 'zod'
import { mustBe } from '../field-problems.ts'
import { asId } from '../json.ts'
import { defineAction } from './action.ts'
import { idSchema } from './client-task.ts'

const MAX_BODY = 2_000_000

export interface SignaturePorts {
  /** The source through which a client's webhooks come, with its own secrets; null when there is none. */
  sourceOf(clientId: string): Promise<SigningSource | null>
  /** Epoch milliseconds. */
  now(): number
}

export interface SigningSource {
  readonly schemes: readonly Scheme[]
  readonly secrets: readonly Secret[]
}

const ownRules = {
  'source-unknown': 'No source is known for this client.',
  'scheme-unsigned': 'The client’s source proves its requests by a key in a header; there is no signature to check.',
} as const

/** Tells whether a signature is that of a body, by the schemes of the client's source. Compares in constant time, as the gateway does. */
export const validateWebhookSignature = defineAction({
  name: 'validate_webhook_signature',
  title: 'Validate a webhook’s signature',
  description:
    'Tells whether a signature belongs to a webhook’s body, and if not, which rule it breaks. Without secret_key the secrets of the client’s own source count.',
  isReadOnly: true,
  input: z.object(
    {
      webhook_data: z
        .union([z.string().max(MAX_BODY), z.record(z.string(), z.unknown())], {
          error: mustBe(`the body as it was sent, a text of at most ${MAX_BODY} characters (or an object)`),
        })
        .describe(
          'The body exactly as it was sent. An object is taken as its compact JSON, which verifies only where the sender wrote it so.',
        ),
      signature: z
        .string({ error: mustBe('the signature, as the header has it') })
        .min(1, { error: 'must be the signature, as the header has it' })
        .max(4_096, { error: 'must be at most 4096 characters' }),
      secret_key: z
        .string({ error: mustBe('a secret') })
        .min(1, { error: 'must be a secret; leave it out for the source’s own' })
        .max(4_096)
        .nullish()
        .describe('The secret to check with; default: those of the client’s source.'),
      client_id: idSchema,
    },
    { error: mustBe('an object') },
  ),
  output: z.object({
    valid: z.boolean(),
    rule: z.string().nullable().describe('The rule that the signature breaks; null when it is valid.'),
    detail: z.string(),
    scheme: z.string().nullable().describe('The scheme by which it was checked.'),
    secret_id: z.string().nullable().describe('Which secret matched; `given` for secret_key.'),
  }),
  async act({ webhook_data, signature, secret_key, client_id }, { sourceOf, now }: SignaturePorts) {
    const source = await sourceOf(asId(client_id) ?? '')
    if (source === null) return refused('source-unknown', ownRules['source-unknown'])
    const schemes = source.schemes.filter((scheme) => scheme.kind !== 'api-key')
    if (schemes.length === 0) return refused('scheme-unsigned', ownRules['scheme-unsigned'])
    const given = secret_key === undefined || secret_key === null ? undefined : [{ id: 'given', secret: secret_key }]
    const verdict = verifyRequest({
      schemes,
      headers: Object.fromEntries(schemes.map(({ header }) => [header, signature])),
      body: Buffer.from(typeof webhook_data === 'string' ? webhook_data : JSON.stringify(webhook_data)),
      secretsFor: (scheme) => given ?? secretsForScheme(source.secrets, scheme),
      now: now(),
    })
    if (!verdict.ok) return refused(verdict.rule, rules[verdict.rule], verdict.scheme)
    const { scheme, secretId } = verdict
    return { valid: true, rule: null, detail: 'The signature belongs to this body.', scheme, secret_id: secretId }
  },
})

function refused(rule: Rule | keyof typeof ownRules, detail: string, scheme: string | null = null) {
  return { valid: false, rule, detail, scheme, secret_id: null }
}

import { providers } from '@millrace/signing'
import { sourceDefaults } from './sources.ts'

const name = { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' }
const tenant = { ...name, default: 'default', description: 'Owner of everything that comes from here.' }
const text = { type: 'string', minLength: 1 }

const secret = {
  type: 'object',
  required: ['secret'],
  additionalProperties: false,
  properties: {
    id: {
      ...name,
      description: 'Name for logs; tells which secret of a rotation was used. Default: secret-1, secret-2 …',
    },
    secret: { ...text, description: `Best as a reference to an environment variable: \${FRONT_SUPPORT_SECRET}.` },
    schemes: { type: 'array', minItems: 1, items: text, description: 'Schemes that it is for; all when left out.' },
  },
}

const account = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name,
    tenant,
    provider: { const: 'front', default: 'front' },
    api_token: { ...text, description: `API token, best as a reference: \${FRONT_API_TOKEN}.` },
    base_url: { type: 'string', pattern: '^https?://', default: sourceDefaults.frontBaseUrl },
    calls_per_minute: {
      type: 'integer',
      minimum: 1,
      maximum: 100_000,
      default: sourceDefaults.callsPerMinute,
      description: "The plan's API calls a minute.",
    },
  },
}

const source = {
  type: 'object',
  required: ['name', 'provider', 'secrets'],
  additionalProperties: false,
  properties: {
    name: { ...name, description: 'Also the default path, /api/webhooks/<name>.' },
    tenant,
    account: { ...name, description: "The provider's company behind it; default: the tenant's name." },
    provider: { enum: Object.keys(providers) },
    path: {
      type: 'string',
      pattern: '^/api/webhooks?(/[A-Za-z0-9._~-]+)+$',
      description: 'HTTP path at which it posts; below /api/webhooks or /api/webhook.',
    },
    schemes: { type: 'array', minItems: 1, items: text, description: "Fewer than all of the provider's schemes." },
    secrets: { type: 'array', minItems: 1, maxItems: 20, items: secret },
    event_id_field: {
      type: 'string',
      pattern: '^(header:[a-z0-9-]+|[A-Za-z0-9_.-]+)$',
      description: 'What identifies an event without a signed id: a path in the body, or header:<name>.',
    },
    synchronous: { type: 'boolean', default: false, description: 'The request waits for what is made of its event.' },
    max_body_bytes: { type: 'integer', minimum: 1_024, maximum: 2_000_000, default: sourceDefaults.maxBodyBytes },
    rate_limit_per_minute: { type: 'integer', minimum: 1, default: sourceDefaults.rateLimitPerMinute },
    tolerance_ms: {
      type: 'integer',
      minimum: 1_000,
      maximum: 86_400_000,
      default: sourceDefaults.toleranceMs,
      description: 'How far a signed time may lie from now, in both directions.',
    },
  },
}

/** JSON Schema of the file named by MILLRACE_SOURCES; published as docs/sources.schema.json. */
export const sourcesSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Millrace sources',
  description: `Where webhooks come from. In every text, \${NAME} stands for an environment variable (or the file that NAME_FILE names); $\${ is a plain \${.`,
  type: 'object',
  required: ['sources'],
  additionalProperties: false,
  properties: {
    accounts: { type: 'array', items: account },
    sources: { type: 'array', minItems: 1, items: source },
  },
} as const

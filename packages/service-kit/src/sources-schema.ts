import { providerSchema, providers } from '@millrace/signing'
import { addressRange } from './address-range.ts'
import { countryRule, timeZoneRule } from './places.ts'
import { CLIENT_TASK_PATH, contracts, sourceDefaults } from './sources.ts'

const name = {
  type: 'string',
  pattern: '^[a-z0-9][a-z0-9_-]{0,62}$',
  description: 'Lower-case letters, digits, - and _.',
}
const tenant = { ...name, default: 'default', description: 'Owner of everything that comes from here.' }
const text = { type: 'string', minLength: 1, maxLength: 4_096 }
const perMinute = { type: 'integer', minimum: 1, maximum: 100_000_000 }
const time = {
  type: 'string',
  pattern:
    '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d{1,3})?)?(Z|[+-]\\d{2}:\\d{2})$',
}

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
    not_before: { ...time, description: 'It counts from this time on: 2026-12-01T09:00:00Z. Default: always did.' },
    not_after: { ...time, description: 'It no longer counts from this time on. Default: never ends.' },
  },
}

const tenantEntry = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  description: 'What all sources of one owner share. A tenant need not be listed to be named elsewhere.',
  properties: {
    name,
    rate_limit_per_minute: {
      ...perMinute,
      description: 'Requests a minute of all its sources together; no limit of its own when left out.',
    },
    retention_days: {
      type: 'integer',
      // What counts as a repeat, what waits for its next try, and answers to repeats are kept for 7 days.
      minimum: 7,
      maximum: 3_650,
      description:
        'Days after which what happened at this tenant is gone, where that is sooner than for everybody: 7 to 3650 (docs/erasure.md). Topics need MILLRACE_ENCRYPTION for it. What topics and the ledger keep when left out.',
    },
  },
}

const account = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  description:
    'The company at the provider that sources belong to, and how its API is called. Where no API is called, none is needed.',
  not: { required: ['api_token', 'oauth'] },
  properties: {
    name,
    tenant,
    provider: { const: 'front', default: 'front' },
    api_token: { ...text, description: `API token, best as a reference: \${FRONT_API_TOKEN}. Not beside oauth.` },
    oauth: {
      type: 'object',
      required: ['client_id', 'client_secret', 'token_url'],
      additionalProperties: false,
      description: 'OAuth client, instead of api_token.',
      properties: {
        client_id: text,
        client_secret: { ...text, description: `Best as a reference: \${FRONT_CLIENT_SECRET}.` },
        token_url: { type: 'string', pattern: '^https?://', description: 'Where tokens are had and refreshed.' },
        refresh_token: {
          ...text,
          description: `Of the authorisation of this client, best as a reference: \${FRONT_REFRESH_TOKEN}. Access tokens are fetched with it, and what Front replaces it by is kept sealed in Redis, which needs MILLRACE_SECRET_KEYS. Without it the API is not called.`,
        },
      },
    },
    base_url: {
      type: 'string',
      pattern: '^https?://',
      default: sourceDefaults.frontBaseUrl,
      description: 'Address of the API.',
    },
    calls_per_minute: {
      type: 'integer',
      minimum: 1,
      maximum: 100_000,
      default: sourceDefaults.callsPerMinute,
      description: "The plan's API calls a minute.",
    },
    country: {
      type: 'string',
      pattern: countryRule.pattern,
      description:
        'Country (ISO 3166, two capitals) whose national phone numbers, dollars and order of dates its texts mean. Default: none, and they are left out.',
      examples: ['GB', 'DE'],
    },
    time_zone: {
      type: 'string',
      pattern: timeZoneRule.pattern,
      maxLength: 64,
      description: 'IANA time zone in which its texts count days. Default: UTC.',
      examples: ['Europe/London'],
    },
  },
}

const source = {
  type: 'object',
  required: ['name', 'provider'],
  if: { required: ['secrets_elsewhere'] },
  else: { required: ['secrets'] },
  additionalProperties: false,
  description: 'One configured sender.',
  properties: {
    name: { ...name, description: 'Also the default path, /api/webhooks/<name>.' },
    tenant,
    account: {
      ...name,
      description:
        "The provider's company behind it, an entry under accounts. Default: the tenant's name, which needs no entry; without one no API is called.",
    },
    provider: {
      ...name,
      description: `One that is built in (${Object.keys(providers).join(', ')}), or the name of an entry under providers.`,
      examples: Object.keys(providers),
    },
    path: {
      type: 'string',
      pattern: '^/api/webhooks?(/[A-Za-z0-9._~-]+)+$',
      maxLength: 256,
      description: 'HTTP path at which it posts; below /api/webhooks or /api/webhook.',
    },
    schemes: { type: 'array', minItems: 1, items: text, description: "Fewer than all of the provider's schemes." },
    secrets: {
      type: 'array',
      minItems: 1,
      maxItems: 20,
      items: secret,
      description: 'All that count now are tried; several of them make a rotation that refuses nobody.',
    },
    secrets_elsewhere: {
      const: true,
      description:
        'In place of `secrets`, in the file of a service that verifies nothing of it (the chart makes such files). The gateway refuses all of its requests.',
    },
    event_id_field: {
      type: 'string',
      pattern: '^(header:[a-z0-9-]+|[A-Za-z0-9_.-]+)$',
      description:
        'What identifies an event without a signed id: a path in the body, or header:<name>. Default: what the provider says.',
    },
    synchronous: { type: 'boolean', default: false, description: 'The request waits for what is made of its event.' },
    contract: {
      enum: contracts,
      description: `What the bodies of a synchronous source are held to before anything is stored. client-task: what Make's scenario posts. Default: client-task at ${CLIENT_TASK_PATH}, else any JSON.`,
    },
    allowed_addresses: {
      type: 'array',
      minItems: 1,
      maxItems: 256,
      items: { type: 'string', format: addressRange.name, description: 'IPv4 or IPv6 address, or CIDR range.' },
      description:
        'Addresses from which it may post (behind trusted proxies: what those say it is); others get 403. Default: any.',
    },
    max_body_bytes: {
      type: 'integer',
      minimum: 1_024,
      maximum: 2_000_000,
      default: sourceDefaults.maxBodyBytes,
      description: 'Longest body that is read; longer ones get 413.',
    },
    rate_limit_per_minute: {
      ...perMinute,
      default: sourceDefaults.rateLimitPerMinute,
      description: 'Verified requests a minute; more get 429.',
    },
    tolerance_ms: {
      type: 'integer',
      minimum: 1_000,
      maximum: 86_400_000,
      description:
        'How far a signed time may lie from now, in both directions. Default: what the provider says, else 5 minutes.',
    },
    enabled: {
      type: 'boolean',
      default: true,
      description:
        'false: every request gets 503 with Retry-After and nothing of it is stored; senders that retry keep their events for a while.',
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
    tenants: { type: 'array', maxItems: 10_000, items: tenantEntry },
    accounts: { type: 'array', maxItems: 10_000, items: account },
    providers: {
      type: 'object',
      maxProperties: 200,
      propertyNames: name,
      additionalProperties: providerSchema,
      description: 'Kinds of senders besides those that are built in, by name.',
    },
    sources: { type: 'array', minItems: 1, maxItems: 10_000, items: source },
  },
} as const

/** Patterns in the words of whoever writes the file. */
export const patternsInWords: ReadonlyMap<string, string> = new Map([
  [name.pattern, 'must be 1 to 63 lower-case letters, digits, - and _, beginning with a letter or digit'],
  [time.pattern, 'must be a time with its zone, such as 2026-12-01T09:00:00Z'],
  [source.properties.path.pattern, 'must be a path such as /api/webhooks/front'],
  [source.properties.event_id_field.pattern, 'must be a path in the body, or header:<name> in lower case'],
  [countryRule.pattern, countryRule.inWords],
  [timeZoneRule.pattern, timeZoneRule.inWords],
  ['^https?://', 'must be an http or https address'],
])

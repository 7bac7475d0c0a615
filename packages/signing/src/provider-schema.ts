const text = { type: 'string', minLength: 1, maxLength: 200 }
/** What a header can carry: anything else would make the answer fail. */
const HEADER_TEXT = '^[\\x20-\\x7e]*$'
const headerName = { type: 'string', pattern: '^[a-z0-9-]{1,64}$' }
const bodyPath = '[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*'
const field = {
  type: 'string',
  pattern: `^(header:[a-z0-9-]+|query:[A-Za-z0-9_.-]+|${bodyPath})$`,
  description: 'A path in the JSON body (data.id), header:<name> or query:<name>.',
}
const eventField = {
  type: 'string',
  pattern: `^(header:[a-z0-9-]+|${bodyPath})$`,
  description: 'A path in the JSON body (data.id), or header:<name>.',
}
const algorithm = { enum: ['sha1', 'sha256', 'sha512'], default: 'sha256' }

const timestamp = {
  type: 'object',
  required: ['unit'],
  additionalProperties: false,
  properties: {
    header: { ...headerName, description: 'Header of the time; left out, it stands in the signature’s own header.' },
    prefix: { ...text, description: 'What the time begins with inside a header of several items: t= in t=1,v1=…' },
    unit: { enum: ['ms', 's', 'auto'], description: 'auto tells seconds from milliseconds by magnitude.' },
    tolerance_ms: { type: 'integer', minimum: 1_000, maximum: 86_400_000, default: 300_000 },
  },
}

const scheme = {
  type: 'object',
  required: ['name', 'header'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,31}$', description: 'Goes into the record as scheme.' },
    kind: {
      enum: ['hmac', 'ed25519', 'api-key'],
      default: 'hmac',
      description: 'api-key: the header is the secret itself.',
    },
    header: { ...headerName, description: 'Header that carries the signature or the key.' },
    unless_header: { ...headerName, description: 'The scheme does not apply when this header is present.' },
    prefixes: {
      type: 'array',
      minItems: 1,
      maxItems: 8,
      items: { type: 'string', maxLength: 64 },
      default: [''],
      description: 'Texts before the signature or key; any of them is taken.',
    },
    algorithm,
    encodings: { type: 'array', minItems: 1, uniqueItems: true, items: { enum: ['hex', 'base64'] }, default: ['hex'] },
    separator: {
      type: 'string',
      minLength: 1,
      maxLength: 4,
      description: 'What stands between several signatures (and a time) in one header.',
    },
    template: {
      ...text,
      default: '{body}',
      description: 'What is signed: literal text with {body}, {timestamp} and {id}.',
    },
    id_header: { ...headerName, description: 'Header of {id}.' },
    timestamp,
    body_forms: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { enum: ['raw', 'compact'] },
      default: ['raw'],
      description:
        'compact: the same JSON without spaces, for senders that sign what they meant and not what they sent.',
    },
    secret_form: {
      enum: ['utf8', 'hex', 'whsec'],
      default: 'utf8',
      description: 'How a secret’s text becomes key bytes; whsec: base64, with or without whsec_ before it.',
    },
  },
}

const handshake = {
  type: 'object',
  required: ['when', 'challenge', 'answer'],
  additionalProperties: false,
  description: 'A question about the address itself, which is answered and not stored.',
  properties: {
    name: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,31}$', default: 'handshake' },
    method: { enum: ['POST', 'GET'], default: 'POST' },
    when: {
      type: 'array',
      minItems: 1,
      maxItems: 8,
      description: 'How it is recognised: all of these hold.',
      items: {
        type: 'object',
        required: ['field'],
        additionalProperties: false,
        properties: {
          field,
          equals: { ...text, description: 'Its text; left out, the field must be there.' },
          absent: { type: 'boolean', default: false, description: 'The field must be missing or null.' },
        },
      },
    },
    verified: { type: 'boolean', default: true, description: 'Only answered when a scheme proves the request.' },
    token: { ...field, description: 'A field that must equal one of the source’s secrets.' },
    challenge: { ...field, description: 'What is sent back.' },
    hmac: {
      type: 'object',
      additionalProperties: false,
      description: 'How {challenge_hmac} is made of the challenge with the secret.',
      properties: {
        algorithm,
        encoding: { enum: ['hex', 'base64'], default: 'hex' },
        prefix: { type: 'string', maxLength: 32, pattern: HEADER_TEXT, default: '' },
      },
    },
    answer: {
      type: 'object',
      additionalProperties: false,
      properties: {
        status: { type: 'integer', minimum: 200, maximum: 299, default: 200 },
        content_type: {
          enum: ['application/json', 'text/plain', 'application/x-www-form-urlencoded'],
          default: 'application/json',
        },
        body: {
          type: 'string',
          maxLength: 1_000,
          default: '{"challenge":"{challenge}"}',
          description: 'Text with {challenge} and {challenge_hmac}, escaped as the content type asks.',
        },
        headers: {
          type: 'object',
          default: {},
          maxProperties: 4,
          propertyNames: { pattern: '^x-[a-z0-9-]{1,60}$' },
          additionalProperties: { type: 'string', maxLength: 200, pattern: HEADER_TEXT },
        },
      },
    },
  },
}

/** JSON Schema of one entry under `providers:` of the sources file. Its defaults are filled in before `readProvider`. */
export const providerSchema = {
  type: 'object',
  required: ['schemes'],
  additionalProperties: false,
  description: 'A kind of sender, as data.',
  properties: {
    schemes: { type: 'array', minItems: 1, maxItems: 8, items: scheme },
    handshakes: { type: 'array', maxItems: 4, items: handshake, default: [] },
    event: {
      type: 'object',
      additionalProperties: false,
      default: {},
      properties: {
        type: { ...eventField, description: 'Word for the kind of event; the canonical type is <provider>.<word>.' },
        id: { ...eventField, description: 'What identifies an event; a header is not signed, so name one with care.' },
      },
    },
  },
} as const

import type { ApiPart } from './describe-api.ts'
import { type ProblemType, problemTypes } from './problem-types.ts'

/** A reference to a component of the document. */
export function ref(kind: 'schemas' | 'headers' | 'responses', name: string): ApiPart {
  return { $ref: `#/components/${kind}/${name}` }
}

const text = { type: 'string' }
const count = { type: 'integer', minimum: 0 }
const countOrNull = (description: string) => ({ type: ['integer', 'null'], minimum: 0, description })
const time = { type: ['integer', 'null'], description: 'Epoch milliseconds; null when it never happened.' }

const problem = {
  type: 'object',
  description: 'Problem details (RFC 9457).',
  required: ['type', 'title', 'status', 'detail', 'code', 'rule'],
  properties: {
    type: { ...text, format: 'uri-reference', description: 'The page that explains this kind of problem.' },
    title: text,
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { ...text, description: 'This occurrence in a sentence; never quotes the request.' },
    code: { ...text, pattern: '^MR_[A-Z0-9_]+$' },
    rule: { ...text, description: 'The rule that was broken; match on this.' },
    webhook_id: { ...text, format: 'uuid', description: 'Id of the request, also in the log and in `x-webhook-id`.' },
    errors: {
      type: 'array',
      description: 'Each field that breaks the contract.',
      items: { type: 'object', required: ['pointer', 'detail'], properties: { pointer: text, detail: text } },
    },
  },
}

/** What every document has, whatever the sources are. */
export const apiComponents = {
  schemas: {
    Webhook: {
      description: 'One event as its provider writes it, or an array of them; unknown types and fields are kept.',
      type: ['object', 'array', 'string', 'number', 'boolean', 'null'],
    },
    Accepted: {
      type: 'object',
      required: ['webhook_id', 'status', 'events'],
      properties: {
        webhook_id: { ...text, format: 'uuid' },
        status: { const: 'accepted' },
        events: { type: 'integer', minimum: 1 },
      },
    },
    Challenge: {
      type: 'object',
      description: 'The answer to Front’s signed question at each save of a webhook.',
      required: ['challenge'],
      properties: { challenge: text },
    },
    InProgress: {
      type: 'object',
      required: ['webhook_id', 'status'],
      properties: {
        webhook_id: { ...text, format: 'uuid' },
        status: { enum: ['accepted', 'in_progress'] },
        status_url: { ...text, format: 'uri-reference' },
      },
    },
    Answer: { type: 'object', required: ['status'], properties: { webhook_id: text, status: text } },
    Problem: problem,
    Status: {
      type: 'object',
      required: ['ok', 'version'],
      properties: {
        ok: { const: true },
        version: text,
        started_at: { type: 'integer', description: 'Epoch milliseconds; counts begin here, and are of this process.' },
        kafka: { enum: ['reachable', 'unreachable'] },
        sources: { type: 'array', items: ref('schemas', 'SourceStatus') },
        front_accounts: {
          type: ['array', 'null'],
          description:
            'Front accounts: what is left of their plans, when Front last answered, what it refuses to their tokens; null while Redis does not tell.',
          items: ref('schemas', 'FrontAccountStatus'),
        },
        sources_file: {
          type: ['object', 'null'],
          description: 'How the sources file was last taken; null when there is none.',
          properties: {
            path: { type: 'string' },
            in_use_since: { type: 'string', format: 'date-time' },
            refused: {
              type: ['object', 'null'],
              description: 'Why the file as it is now was not taken; null when it was.',
              properties: {
                at: { type: 'string', format: 'date-time' },
                problems: { type: 'array', items: { type: 'string' } },
              },
            },
          },
        },
        elsewhere: {
          type: 'object',
          description: 'Refused requests to no source, by rule.',
          additionalProperties: count,
        },
      },
    },
    FrontAccountStatus: {
      type: 'object',
      required: ['tenant', 'account', 'is_degraded', 'refused'],
      properties: {
        tenant: text,
        account: text,
        calls_per_minute: { ...count, description: 'The setting.' },
        plan: countOrNull('Calls a minute of the plan as Front tells it; the lower of it and the setting holds.'),
        remaining: countOrNull('Calls left of it in this minute, for all services together.'),
        burst_remaining: countOrNull('Calls left in the burst pool.'),
        lanes: {
          type: 'array',
          description: 'What the plan goes to, the most urgent first.',
          items: {
            type: 'object',
            required: ['lane', 'used', 'is_waiting'],
            properties: {
              lane: text,
              used: { ...count, description: 'Calls of the plan that count now: those of the last minute.' },
              is_waiting: { type: 'boolean', description: 'Whether more of it wait for their turn.' },
            },
          },
        },
        last_success_at: countOrNull('Epoch milliseconds: when Front last answered a call.'),
        last_failure_at: countOrNull('Epoch milliseconds: when it last did not answer, or with 5xx.'),
        last_failure: { type: ['string', 'null'], description: 'How it failed then: a code, MR_FRONT_….' },
        is_degraded: { type: 'boolean', description: 'True: Front refuses its token, for all or for some routes.' },
        refused: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              route: { ...text, description: 'Path of the API without ids; * for all.' },
              status: { enum: [401, 403] },
              missing_scopes: { type: 'array', items: text },
              since: { type: 'integer', description: 'Epoch milliseconds.' },
              next_try_at: { type: 'integer', description: 'Epoch milliseconds; no call is made before.' },
            },
          },
        },
      },
    },
    SourceStatus: {
      type: 'object',
      required: [
        'name',
        'url',
        'accepted',
        'events',
        'events_by_scheme',
        'handshakes',
        'refused',
        'last_accepted_at',
        'silent_for_seconds',
      ],
      properties: {
        name: text,
        tenant: text,
        account: text,
        provider: text,
        url: text,
        schemes: { type: 'array', items: text },
        secret_ids: { type: 'array', items: text },
        is_synchronous: { type: 'boolean' },
        is_enabled: { type: 'boolean', description: 'False: its requests get 503 and nothing of them is stored.' },
        accepted: { ...count, description: 'Requests that were stored.' },
        events: { ...count, description: 'Events that were stored.' },
        events_by_scheme: {
          type: 'object',
          description: 'Events that were stored, by the scheme that proved them; none: validation is off.',
          additionalProperties: count,
        },
        handshakes: { ...count, description: 'Questions whether we are there, answered.' },
        refused: { type: 'object', description: 'Refused requests by rule.', additionalProperties: count },
        last_accepted_at: time,
        last_handshake_at: time,
        last_refused: {
          type: ['object', 'null'],
          properties: {
            at: time,
            webhook_id: { type: ['string', 'null'], description: 'Its id; null when it was shed before it had one.' },
            rule: text,
            likely_cause: {
              type: ['string', 'null'],
              description: 'What explains this very request, once it is known.',
            },
            meaning: text,
            advice: text,
          },
        },
        silent_since: time,
        silent_for_seconds: { type: 'number', minimum: 0, description: 'Since the last event, or since the start.' },
      },
    },
  },
  headers: {
    'x-webhook-id': { description: 'Id of the request; every answer has it.', schema: { ...text, format: 'uuid' } },
    'retry-after': { description: 'Seconds after which to send again.', schema: count },
    'ratelimit-limit': { description: 'Requests a minute.', schema: count },
    'ratelimit-remaining': { description: 'Requests left in this minute.', schema: count },
    'ratelimit-reset': { description: 'Seconds until the minute is over.', schema: count },
  },
} as const

/** Kinds that only a page can answer with, and those that only a synchronous source can. */
const ofPages = new Set(['status-token', 'source-unknown', 'method', 'status-unknown'])
const ofSynchronous = new Set([
  'one-event',
  'reply-timeout',
  'replies-unavailable',
  'too-many-waiting',
  'body-invalid',
  'task-unreadable',
  'extraction-failed',
])

export interface ProblemsOf {
  readonly isSynchronous: boolean
  readonly isPage: boolean
  /** Rules besides those of every webhook. */
  readonly more?: readonly string[]
}

/** The problem answers of an operation, by status, each with the rules that it may name. */
export function problemResponses({ isSynchronous, isPage, more = [] }: ProblemsOf): ApiPart {
  const types = [...problemTypes.values()].filter(
    ({ slug }) => more.includes(slug) || (!isPage && !ofPages.has(slug) && (isSynchronous || !ofSynchronous.has(slug))),
  )
  const byStatus = Map.groupBy(types, ({ status }) => status)
  return Object.fromEntries(
    [...byStatus].sort(([a], [b]) => a - b).map(([status, of]) => [status, response(status, of)]),
  )
}

/** One problem answer of a page. */
export function problemResponse(slug: string): ApiPart {
  const type = problemTypes.get(slug)
  return type === undefined ? {} : { [type.status]: response(type.status, [type]) }
}

function response(status: number, types: readonly ProblemType[]): ApiPart {
  const rules = types.map(({ slug }) => slug)
  return {
    description: types.map(({ slug, meaning }) => `\`${slug}\`: ${meaning}`).join('\n\n'),
    headers: {
      'x-webhook-id': ref('headers', 'x-webhook-id'),
      ...(status === 429 || status === 503 ? { 'retry-after': ref('headers', 'retry-after') } : {}),
      ...(status === 429
        ? Object.fromEntries(
            ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'].map((name) => [name, ref('headers', name)]),
          )
        : {}),
    },
    content: {
      'application/problem+json': {
        schema: {
          allOf: [ref('schemas', 'Problem')],
          properties: { status: { const: status }, rule: { enum: rules } },
        },
      },
    },
  }
}

import { clientTaskRequest, jsonSchemaOf, processedAnswer } from '@millrace/domain'
import type { Source } from '@millrace/service-kit'
import { apiComponents, problemResponses, ref } from './api-components.ts'
import { handshakesOf } from './handshake.ts'
import type { PageRoute } from './pages.ts'
import { statusPath } from './respond-async.ts'

/** An OpenAPI document, or a part of one. */
export type ApiPart = { readonly [name: string]: unknown }

export interface DescribeOptions {
  readonly version: string
  /** Address under which senders reach the gateway. */
  readonly baseUrl: string | undefined
  readonly sources: readonly Source[]
  readonly pages: readonly PageRoute[]
}

/**
 * The OpenAPI 3.1 document of what is routed now: each source at its path and each page. Of a source it tells what its sender knows anyway:
 * path, headers and bounds; no tenant, no account, no id of a secret.
 */
export function describeApi({ version, baseUrl, sources, pages }: DescribeOptions): ApiPart {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Millrace gateway',
      version,
      summary: 'Takes webhooks, and answers 2xx once they are stored.',
      description:
        'A 2xx means that every event of the request is stored by all in-sync replicas. Whatever else comes was not acknowledged: send it again when the problem says that this can help. Refusals are problem details (RFC 9457) whose `type` is the URL of a page that explains them.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    ...(baseUrl === undefined ? {} : { servers: [{ url: baseUrl }] }),
    tags: [
      { name: 'Webhooks', description: 'One path a source.' },
      { name: 'Pages', description: 'What people and monitors look at.' },
    ],
    paths: Object.fromEntries([
      ...sources.map((source) => [source.path, { post: describeSource(source), ...describeQuestion(source) }]),
      ...sources
        .filter(({ isSynchronous }) => isSynchronous)
        .map((source) => [statusPath(source.path, '{webhook_id}'), { get: describeLook(source) }]),
      ...pages.map(({ path, operation }) => [path, { get: { tags: ['Pages'], ...operation } }]),
    ]),
    components: {
      ...apiComponents,
      securitySchemes: {
        statusToken: { type: 'http', scheme: 'bearer', description: 'The value of GATEWAY_STATUS_TOKEN.' },
        ...Object.fromEntries(sources.flatMap(securitySchemesOf)),
      },
    },
  }
}

function describeSource(source: Source): ApiPart {
  const isTask = source.contract === 'client-task'
  return {
    operationId: `receive-${source.name}`,
    tags: ['Webhooks'],
    summary: `Webhooks of ${source.name} (${source.provider})`,
    description: [
      source.isSynchronous
        ? 'Synchronous: one event a request, and the answer is what was made of it. The same request again (same `Idempotency-Key`) gets the same answer.'
        : 'One event, or an array of events that are stored all or not acknowledged.',
      `At most ${source.maxBodyBytes} bytes, uncompressed, and ${source.rateLimitPerMinute} requests a minute. \`Content-Type\` decides nothing; signatures are checked over the bytes as they come.`,
    ].join(' '),
    security: securityOf(source),
    ...(source.isSynchronous ? { parameters: [preferParameter] } : {}),
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: isTask ? inline(jsonSchemaOf(clientTaskRequest, 'input')) : ref('schemas', 'Webhook'),
        },
      },
    },
    responses: {
      200: {
        description: source.isSynchronous ? 'What was made of the event.' : 'Stored.',
        headers: { 'x-webhook-id': ref('headers', 'x-webhook-id') },
        content: { ...handshakeContent(source, 'POST'), 'application/json': { schema: successOf(source, isTask) } },
      },
      ...(source.isSynchronous ? { 202: accepted202 } : {}),
      ...problemResponses({ isSynchronous: source.isSynchronous, isPage: false }),
    },
  }
}

const preferParameter = {
  name: 'prefer',
  in: 'header',
  description: '`respond-async`: answer 202 at once, with `Location` where the answer will be (RFC 7240).',
  schema: { type: 'string' },
}

const accepted202 = {
  description: 'Stored; the answer will be at `Location` (`status_url`).',
  headers: { 'x-webhook-id': ref('headers', 'x-webhook-id'), 'retry-after': ref('headers', 'retry-after') },
  content: { 'application/json': { schema: ref('schemas', 'InProgress') } },
}

/** The look for an answer that was not waited for. */
function describeLook(source: Source): ApiPart {
  return {
    operationId: `look-${source.name}`,
    tags: ['Webhooks'],
    summary: `The answer to a request of ${source.name}, by its id`,
    description: 'Takes the same proof as the request; a signature is that of an empty body.',
    security: securityOf(source),
    parameters: [{ name: 'webhook_id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }],
    responses: {
      200: {
        description: 'The answer.',
        headers: { 'x-webhook-id': ref('headers', 'x-webhook-id') },
        content: { 'application/json': { schema: successOf(source, source.contract === 'client-task') } },
      },
      202: { ...accepted202, description: 'Not there yet; look again after `Retry-After`.' },
      ...problemResponses({ isSynchronous: true, isPage: false, more: ['status-unknown'] }),
    },
  }
}

function securityOf(source: Source): ApiPart[] {
  return source.schemes.map((scheme) =>
    Object.fromEntries(headersOf(scheme).map((header) => [securityName(source, scheme, header), []])),
  )
}

function successOf(source: Source, isTask: boolean): ApiPart {
  if (isTask) return inline(jsonSchemaOf(processedAnswer, 'output'))
  if (source.isSynchronous) return ref('schemas', 'Answer')
  const asked = handshakeContent(source, 'POST')['application/json']
  return asked === undefined ? ref('schemas', 'Accepted') : { anyOf: [ref('schemas', 'Accepted'), asked.schema] }
}

/** What a provider's question whether we are there is answered with, by content type. */
function handshakeContent(source: Source, method: 'GET' | 'POST'): Record<string, ApiPart> {
  const { provider } = source
  const types = handshakesOf(source)
    .filter((handshake) => handshake.method === method)
    .map(({ answer }) => answer.contentType)
  const schemaOf = (type: string) =>
    type !== 'application/json'
      ? { type: 'string' }
      : provider === 'front'
        ? ref('schemas', 'Challenge')
        : { type: 'object' }
  return Object.fromEntries(types.map((type) => [type, { schema: schemaOf(type) }]))
}

/** Some providers ask by GET; a GET that is no such question is 405. */
function describeQuestion(source: Source): ApiPart {
  const content = handshakeContent(source, 'GET')
  if (Object.keys(content).length === 0) return {}
  return {
    get: {
      operationId: `answer-${source.name}`,
      tags: ['Webhooks'],
      summary: `The question of ${source.name} (${source.provider}) whether we are there`,
      responses: {
        200: { description: 'The answer.', headers: { 'x-webhook-id': ref('headers', 'x-webhook-id') }, content },
        ...problemResponses({ isSynchronous: false, isPage: false, more: ['method'] }),
      },
    },
  }
}

/** Within a document the dialect is told once. */
function inline(schema: object): ApiPart {
  const { $schema: _, ...rest } = schema as ApiPart
  return rest
}

type Scheme = Source['schemes'][number]

function securitySchemesOf(source: Source): [string, ApiPart][] {
  return source.schemes.flatMap((scheme) =>
    headersOf(scheme).map((header): [string, ApiPart] => [
      securityName(source, scheme, header),
      { type: 'apiKey', in: 'header', name: header, description: describeHeader(scheme, header) },
    ]),
  )
}

function securityName({ provider }: Source, { name }: Scheme, header: string): string {
  return [provider, name, header].join('.').replaceAll(/[^a-zA-Z0-9._-]/g, '-')
}

function headersOf(scheme: Scheme): readonly string[] {
  if (scheme.kind === 'api-key') return [scheme.header]
  return [...new Set([scheme.header, scheme.timestamp?.header, scheme.idHeader].filter((name) => name !== undefined))]
}

function describeHeader(scheme: Scheme, header: string): string {
  if (scheme.kind === 'api-key') return 'The secret itself.'
  if (header !== scheme.header && header === scheme.timestamp?.header) return 'When it was signed.'
  if (header !== scheme.header) return 'Id of the message.'
  const how = scheme.kind === 'hmac' ? `HMAC-${scheme.algorithm.toUpperCase()}` : 'Ed25519'
  return `${how} over \`${scheme.template}\`, ${scheme.encodings.join(' or ')}.`
}

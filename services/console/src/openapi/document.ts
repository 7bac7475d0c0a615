import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Rule } from '../access/define-routes.ts'
import { problemSchema } from '../access/problems.ts'
import { pruneSchemas } from './prune.ts'

/** Every whole number has the bounds of JavaScript's; a document that says so with each would only be long. */
const zodToJsonConfig: Config = {
  override: ({ jsonSchema }) => {
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
  },
}
const jsonSchemaTransform = createJsonSchemaTransform({ zodToJsonConfig })
const jsonSchemaTransformObject = createJsonSchemaTransformObject({ zodToJsonConfig })

type Config = NonNullable<Parameters<typeof createJsonSchemaTransform>[0]['zodToJsonConfig']>
type Transform = Parameters<typeof jsonSchemaTransform>[0]

/** Collects the routes that are added from now on; `app.swagger()` then gives the OpenAPI 3.1 document. */
export async function addOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: {
        title: 'Millrace console',
        version,
        description:
          'What happened to every event, and doing it again. Times are epoch milliseconds. Lists answer `items` and `next_cursor`, which goes back as `cursor`; null ends the list. Every error is a problem document (RFC 9457). A tenant in which the caller has no right answers 404.',
      },
      tags: [],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'A token from the console, or CONSOLE_ADMIN_TOKEN.' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: '__Host-millrace-session',
            description: 'Set by `login`. Writes also need the header `x-csrf-token`, which `login` and `me` tell.',
          },
        },
      },
    },
    transform: (document) => describe(document as Transform),
    transformObject: (document) =>
      pruneSchemas(jsonSchemaTransformObject(document) as object as Record<string, unknown>),
  })
}

/** What holds for each route by where it is and by its role, so that no route has to say it. */
function describe(document: Transform): ReturnType<typeof jsonSchemaTransform> {
  const { role } = (document.route.config ?? {}) as { readonly role?: Rule }
  if (role === undefined || document.route.method === 'HEAD') return { schema: { hide: true }, url: document.url }
  const problem = {
    description: 'A problem document',
    content: { 'application/problem+json': { schema: problemSchema } },
  }
  const { schema } = document
  const { schema: described, url } = jsonSchemaTransform({
    ...document,
    schema: { ...schema, response: { ...withWords(schema?.response, schema?.summary), default: problem } },
  })
  const extended = {
    ...described,
    'x-role': role,
    security: role === 'open' ? [] : [{ token: [] }, { session: [] }],
    ...(url.includes('/:tenant') ? { params: withTenant(described?.params) } : {}),
  }
  return { schema: extended, url }
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, unknown>>
  readonly required?: readonly string[]
}

function withTenant(params: unknown): ObjectSchema {
  const { properties, required = [], ...rest } = (params ?? { type: 'object' }) as ObjectSchema
  return {
    ...rest,
    properties: { tenant: { type: 'string', description: 'The tenant’s name.' }, ...properties },
    required: ['tenant', ...required],
  }
}

/** What an answer is, where the route does not say: what the route does. */
function withWords(response: unknown, words = 'Done'): Record<string, unknown> {
  const entries = Object.entries((response ?? {}) as Record<string, unknown>)
  return Object.fromEntries(
    entries.map(([status, schema]) => [
      status,
      schema instanceof z.ZodType ? { description: words, content: { 'application/json': { schema } } } : schema,
    ]),
  )
}

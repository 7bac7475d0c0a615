import type { Source } from '@millrace/service-kit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { problemResponse, ref } from './api-components.ts'
import { apiPage } from './api-page.ts'
import { type ApiPart, describeApi } from './describe-api.ts'
import { GatewayError } from './errors.ts'
import { HTML_TYPE, pageHeaders, pageStyle, STYLE_PATH } from './html.ts'
import { problemPage, problemsPage } from './problem-pages.ts'
import { PROBLEMS_PATH } from './problem-types.ts'

/** A page: where it is, what OpenAPI says of it, and what answers. */
export interface PageRoute {
  /** As OpenAPI writes it: `/problems/{slug}`. */
  readonly path: string
  readonly operation: ApiPart
  handle(request: FastifyRequest, reply: FastifyReply): unknown
}

export interface PagesOptions {
  readonly version: string
  readonly baseUrl: string | undefined
  readonly sources: () => readonly Source[]
  /** Who may read what is routed: `/openapi.json` and `/docs`. */
  readonly apiDocs: 'open' | 'token' | 'off'
  /** @throws GatewayError `MR_GATEWAY_STATUS_TOKEN` when the bearer token is not the one */
  checkToken(authorization: string | undefined): void
  /** What `/api/status` tells. */
  status(authorization: string | undefined): Promise<object>
}

export const STATUS_PATH = '/api/status'

/** Every page of the gateway, from which both the routes and the OpenAPI document are made. */
export function pageRoutes(options: PagesOptions): readonly PageRoute[] {
  const pages: PageRoute[] = [statusRoute(options), ...problemRoutes(), styleRoute]
  if (options.apiDocs !== 'off') pages.push(...apiRoutes(options, pages))
  return pages
}

/** Adds the pages to the server. @returns whether a path is one of theirs, for `Allow` */
export function addPages(app: FastifyInstance, pages: readonly PageRoute[]): (path: string) => boolean {
  for (const { path, handle } of pages) app.get(path.replaceAll(/\{(\w+)\}/g, ':$1'), handle)
  const patterns = pages.map(
    ({ path }) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`),
  )
  return (path) => patterns.some((pattern) => pattern.test(path))
}

function statusRoute({ status }: PagesOptions): PageRoute {
  return {
    path: STATUS_PATH,
    operation: {
      operationId: 'status',
      summary: 'Whether the gateway is up and, with the token, what each source did.',
      security: [{}, { statusToken: [] }],
      responses: {
        200: {
          description:
            'It is up. With the token: sources, their counts, and who is silent since when: of the one process that answers, since its start. Behind a load balancer another look may find another process; the metrics have all of them.',
          headers: { 'x-webhook-id': ref('headers', 'x-webhook-id') },
          content: { 'application/json': { schema: ref('schemas', 'Status') } },
        },
        ...problemResponse('status-token'),
      },
    },
    handle: ({ raw }) => status(raw.headers.authorization),
  }
}

function problemRoutes(): PageRoute[] {
  return [
    {
      path: PROBLEMS_PATH,
      operation: { operationId: 'problems', summary: 'Every kind of problem.', responses: html('The list.') },
      handle: (_, reply) => sendHtml(reply, problemsPage()),
    },
    {
      path: `${PROBLEMS_PATH}/{slug}`,
      operation: {
        operationId: 'problem',
        summary: 'One kind of problem: what it means and what to do.',
        parameters: [{ name: 'slug', in: 'path', required: true, schema: { type: 'string' } }],
        responses: { ...html('The page.'), ...problemResponse('source-unknown') },
      },
      handle: ({ params }, reply) => {
        const page = problemPage((params as { slug: string }).slug)
        if (page === undefined) throw new GatewayError('MR_GATEWAY_NOT_FOUND', { detail: 'There is no such problem.' })
        return sendHtml(reply, page)
      },
    },
  ]
}

const styleRoute: PageRoute = {
  path: STYLE_PATH,
  operation: {
    operationId: 'style',
    summary: 'Style of the pages.',
    responses: { 200: { description: 'CSS.', content: { 'text/css': { schema: { type: 'string' } } } } },
  },
  handle: (_, reply) => reply.headers(pageHeaders).type('text/css; charset=utf-8').send(pageStyle),
}

function apiRoutes(options: PagesOptions, others: readonly PageRoute[]): PageRoute[] {
  const { apiDocs, version, baseUrl, sources, checkToken } = options
  const security = apiDocs === 'token' ? { security: [{ statusToken: [] }] } : {}
  const refused = apiDocs === 'token' ? problemResponse('status-token') : {}
  const describe = () => describeApi({ version, baseUrl, sources: sources(), pages: [...others, ...routes] })
  const guarded = ({ raw }: FastifyRequest) => {
    if (apiDocs === 'token') checkToken(raw.headers.authorization)
  }
  const routes: PageRoute[] = [
    {
      path: '/openapi.json',
      operation: {
        operationId: 'openapi',
        summary: 'This document.',
        ...security,
        responses: {
          200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: { type: 'object' } } } },
          ...refused,
        },
      },
      handle: (request) => {
        guarded(request)
        return describe()
      },
    },
    {
      path: '/docs',
      operation: {
        operationId: 'docs',
        summary: 'This document for people.',
        ...security,
        responses: { ...html('The page.'), ...refused },
      },
      handle: (request, reply) => {
        guarded(request)
        return sendHtml(reply, apiPage(describe()))
      },
    },
  ]
  return routes
}

function html(description: string): ApiPart {
  return { 200: { description, content: { 'text/html': { schema: { type: 'string' } } } } }
}

function sendHtml(reply: FastifyReply, page: string): FastifyReply {
  return reply.headers(pageHeaders).type(HTML_TYPE).send(page)
}

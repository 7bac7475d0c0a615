import { z } from 'zod'
import { defineRoutes } from '../access/define-routes.ts'
import {
  erasure,
  erasurePage,
  erasurePlan,
  erasureRequest,
  erasuresQuery,
  exportRequest,
  receiptKeys,
} from '../erase/schemas.ts'
import { jobParams } from '../replay/schemas.ts'

const tags = ['privacy']

export const erasuresRoutes = defineRoutes((app, deps) => {
  app.get(
    '/erasures',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listErasures',
        summary: 'Erasures, newest first; none names whom it was about',
        tags,
        querystring: erasuresQuery,
        response: { 200: erasurePage },
      },
    },
    async ({ tenant, query }) => await deps.erasures.list(tenant, query),
  )
  app.post(
    '/erasures',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'requestErasure',
        summary: 'Ask for everything of a person or conversation to be erased, or look what there is first',
        description:
          'With `dry_run` nothing is done and the answer is a plan. 202: it waits for a second person (`approval_id`), always.',
        tags,
        body: erasureRequest,
        response: { 200: erasurePlan, 202: erasure },
      },
    },
    async ({ tenant, actor, body }, reply) => {
      if (body.dry_run) return reply.code(200).send(await deps.erasures.plan(tenant, actor, body))
      return reply.code(202).send(await deps.erasures.create(tenant, actor, body))
    },
  )
  app.get(
    '/erasures/:id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getErasure',
        summary: 'One erasure with its progress, and its signed receipt once it is done',
        tags,
        params: jobParams,
        response: { 200: erasure },
      },
    },
    async ({ tenant, params }) => await deps.erasures.get(tenant, params.id),
  )
  app.post(
    '/erasures/:id/cancel',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'cancelErasure',
        summary: 'Take a request for erasure back; one that has begun is brought to its end',
        tags,
        params: jobParams,
        response: { 200: erasure },
      },
    },
    async ({ tenant, actor, params }) => await deps.erasures.cancel(tenant, actor, params.id),
  )
  app.get(
    '/erasure-receipt-keys',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getReceiptKeys',
        summary: 'Public keys by which receipts of erasures are checked',
        tags,
        response: { 200: receiptKeys },
      },
    },
    async () => deps.erasures.receiptKeys(),
  )
  app.post(
    '/subject-exports',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'exportSubject',
        summary: 'Everything of a person or conversation that can be read, as one JSON document',
        description:
          'Reads every topic from its beginning, which takes minutes where they are large. `is_complete` at the end says that nothing is missing.',
        tags,
        body: exportRequest,
        response: { 200: { description: 'The document', content: { 'application/json': { schema: z.string() } } } },
      },
    },
    async ({ tenant, actor, body }, reply) => {
      const stream = await deps.erasures.export(tenant, actor, body)
      return reply
        .header('content-disposition', 'attachment; filename="subject.json"')
        .type('application/json')
        .serializer((value: unknown) => value as string)
        .send(stream as unknown as string)
    },
  )
})

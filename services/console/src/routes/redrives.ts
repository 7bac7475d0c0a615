import { defineRoutes } from '../access/define-routes.ts'
import { jobParams, jobsQuery, redrive, redrivePage, redrivePlan, redriveRequest } from '../replay/schemas.ts'

const tags = ['redrives']

export const redrivesRoutes = defineRoutes((app, deps) => {
  app.get(
    '/redrives',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listRedrives',
        summary: 'Redrives, newest first',
        tags,
        querystring: jobsQuery,
        response: { 200: redrivePage },
      },
    },
    async ({ tenant, query }) => await deps.redrives.list(tenant, query),
  )
  app.post(
    '/redrives',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'createRedrive',
        summary: 'Put dead letters back to the group that gave them up, or count them first',
        description:
          'With `dry_run` nothing is done and the answer is a plan. 202: it waits for a second person (`approval_id`).',
        tags,
        body: redriveRequest,
        response: { 200: redrivePlan, 201: redrive, 202: redrive },
      },
    },
    async ({ tenant, actor, body }, reply) => {
      if (body.dry_run) return reply.code(200).send(await deps.redrives.plan(tenant, actor, body))
      const made = await deps.redrives.create(tenant, actor, body)
      return reply.code(made.state === 'waiting-for-approval' ? 202 : 201).send(made)
    },
  )
  app.get(
    '/redrives/:id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getRedrive',
        summary: 'One redrive with its progress',
        tags,
        params: jobParams,
        response: { 200: redrive },
      },
    },
    async ({ tenant, params }) => await deps.redrives.get(tenant, params.id),
  )
  app.post(
    '/redrives/:id/cancel',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'cancelRedrive',
        summary: 'Stop a redrive; what it has put back stays there',
        tags,
        params: jobParams,
        response: { 200: redrive },
      },
    },
    async ({ tenant, actor, params }) => await deps.redrives.cancel(tenant, actor, params.id),
  )
})

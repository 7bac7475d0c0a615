import { defineRoutes } from '../access/define-routes.ts'
import { jobParams, jobsQuery, replay, replayPage, replayPlan, replayRequest } from '../replay/schemas.ts'

const tags = ['replays']

export const replaysRoutes = defineRoutes((app, deps) => {
  app.get(
    '/replays',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listReplays',
        summary: 'Replays, newest first',
        tags,
        querystring: jobsQuery,
        response: { 200: replayPage },
      },
    },
    async ({ tenant, query }) => await deps.replays.list(tenant, query),
  )
  app.post(
    '/replays',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'createReplay',
        summary: 'Have events handled once more by one target, or count them first',
        description:
          'With `dry_run` nothing is done and the answer is a plan. 202: it waits for a second person (`approval_id`).',
        tags,
        body: replayRequest,
        response: { 200: replayPlan, 201: replay, 202: replay },
      },
    },
    async ({ tenant, actor, body }, reply) => {
      if (body.dry_run) return reply.code(200).send(await deps.replays.plan(tenant, actor, body))
      const made = await deps.replays.create(tenant, actor, body)
      return reply.code(made.state === 'waiting-for-approval' ? 202 : 201).send(made)
    },
  )
  app.get(
    '/replays/:id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getReplay',
        summary: 'One replay with its progress',
        tags,
        params: jobParams,
        response: { 200: replay },
      },
    },
    async ({ tenant, params }) => await deps.replays.get(tenant, params.id),
  )
  app.post(
    '/replays/:id/cancel',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'cancelReplay',
        summary: 'Stop a replay; what it has written stays written',
        tags,
        params: jobParams,
        response: { 200: replay },
      },
    },
    async ({ tenant, actor, params }) => await deps.replays.cancel(tenant, actor, params.id),
  )
})

import { z } from 'zod'
import { defineGlobalRoutes, defineRoutes } from '../access/define-routes.ts'
import { getApproval, listApprovals, showApproval } from '../approve/find-approvals.ts'
import {
  approvalPage,
  approvalParams,
  approvalSchema,
  approvalsQuery,
  approveBody,
  decideBody,
  vouchBody,
} from '../approve/schemas.ts'

const tags = ['approvals']

export const approvalsRoutes = defineRoutes((app, deps) => {
  app.get(
    '/approvals',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'listApprovals',
        summary: 'Requests for approval, newest first',
        tags,
        querystring: approvalsQuery,
        response: { 200: approvalPage },
      },
    },
    async ({ tenant, actor, query }) => await listApprovals({ db: deps.db, ...deps.approvals, tenant, actor }, query),
  )
  app.get(
    '/approvals/:id',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'getApproval',
        summary: 'One request for approval, with exactly what would be executed',
        tags,
        params: approvalParams,
        response: { 200: approvalSchema },
      },
    },
    async ({ tenant, actor, params }) =>
      await getApproval({ db: deps.db, ...deps.approvals, tenant, actor }, params.id),
  )
  app.post(
    '/approvals/:id/approve',
    {
      config: { role: 'approver' },
      schema: {
        operationId: 'approveRequest',
        summary: 'Approve a request of another person, and have it executed',
        description:
          'By a person who is signed in, never by a token. 403 where the caller is not surely another person than who asked, 409 where the request is not open any more or not what the caller saw.',
        tags,
        params: approvalParams,
        body: approveBody,
        response: { 200: approvalSchema },
      },
    },
    async ({ tenant, actor, params, body }) => {
      const decision = { id: params.id, tenant, actor, paramsSha256: body.params_sha256, reason: body.reason }
      const row = await deps.approvals.decide({ ...decision, verdict: 'approve' })
      return await showApproval({ db: deps.db, ...deps.approvals, tenant, actor }, row)
    },
  )
  for (const [verdict, role, summary] of [
    ['refuse', 'approver', 'Refuse a request; it is never executed'],
    ['cancel', 'operator', 'Take a request back: one’s own, or as an administrator anybody’s'],
  ] as const)
    app.post(
      `/approvals/:id/${verdict}`,
      {
        config: { role },
        schema: {
          operationId: `${verdict}Request`,
          summary,
          tags,
          params: approvalParams,
          body: decideBody,
          response: { 200: approvalSchema },
        },
      },
      async ({ tenant, actor, params, body }) => {
        const row = await deps.approvals.decide({ id: params.id, tenant, actor, verdict, reason: body.reason })
        return await showApproval({ db: deps.db, ...deps.approvals, tenant, actor }, row)
      },
    )
})

export const vouchRoutes = defineGlobalRoutes((app, deps) => {
  app.post(
    '/users/:id/vouch',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'vouchForUser',
        summary: 'Stand for it that an account is a person of its own',
        description:
          'Until then an account counts as its maker’s where a second person is asked for. By an administrator whom the same person did not make, or with CONSOLE_ADMIN_TOKEN (millrace users vouch). Only the session whose number the user read out stays: links, other sessions, tokens, the password and open requests of the account end, and the user sets a new password in it.',
        tags: ['access'],
        params: approvalParams,
        body: vouchBody,
        response: { 204: z.null() },
      },
    },
    async ({ actor, params, body }, reply) => {
      await deps.approvals.vouch({ userId: params.id, code: body.code, actor })
      return reply.code(204).send(null)
    },
  )
})

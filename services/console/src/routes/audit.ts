import { defineRoutes } from '../access/define-routes.ts'
import { listEntries, verdictOf } from '../audit/find-entries.ts'
import { auditPage, auditQuery, auditVerdict } from '../audit/schemas.ts'

const tags = ['audit']

export const auditRoutes = defineRoutes((app, deps) => {
  app.get(
    '/audit',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listAudit',
        summary: 'Who did what, newest first',
        tags,
        querystring: auditQuery,
        response: { 200: auditPage },
      },
    },
    async ({ tenant, actor, query }) => await listEntries(deps.db, { tenant, actor }, query),
  )
  app.get(
    '/audit/verify',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'verifyAudit',
        summary: 'Read the whole chain of all tenants, and say whether it holds',
        tags,
        response: { 200: auditVerdict },
      },
    },
    async () => verdictOf(await deps.audit.verify()),
  )
})

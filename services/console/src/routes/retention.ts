import { defineGlobalRoutes } from '../access/define-routes.ts'
import { reportRetention } from '../retention/report.ts'
import { retentionReport } from '../retention/schemas.ts'

export const retentionRoutes = defineGlobalRoutes((app, deps) => {
  app.get(
    '/retention',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getRetention',
        summary: 'For how long each tenant’s data is kept, by which means, and what was done last',
        tags: ['retention'],
        response: { 200: retentionReport },
      },
    },
    async () => ({ tenants: await reportRetention(deps) }),
  )
})

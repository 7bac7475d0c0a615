import { defineRoutes } from '../access/define-routes.ts'
import { readOverview } from '../read/overview.ts'
import { ledgerState, overview, overviewQuery } from '../read/schemas/index.ts'

const tags = ['overview']

export const overviewRoutes = defineRoutes((app, deps) => {
  app.get(
    '/overview',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getOverview',
        summary: 'How everything is doing',
        description:
          'Figures of the tenant; lag of consumers and health of services are those of the installation, at most 5 s old.',
        tags,
        querystring: overviewQuery,
        response: { 200: overview },
      },
    },
    async ({ tenant, query }) => await readOverview(deps.reading, tenant, query.minutes),
  )
  app.get(
    '/ledger',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getLedger',
        summary: 'How current everything is that the console shows',
        tags,
        response: { 200: ledgerState },
      },
    },
    async () => await deps.reading.ledger.read(),
  )
})

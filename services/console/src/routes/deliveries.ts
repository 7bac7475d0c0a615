import { defineRoutes } from '../access/define-routes.ts'
import { findDeliveries, readDelivery } from '../read/find-deliveries.ts'
import { deliveriesQuery, deliveryDetail, deliveryPage, idParams } from '../read/schemas/index.ts'

const tags = ['deliveries']

export const deliveriesRoutes = defineRoutes((app, deps) => {
  app.get(
    '/deliveries',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listDeliveries',
        summary: 'Deliveries that fit, the last requested first',
        tags,
        querystring: deliveriesQuery,
        response: { 200: deliveryPage },
      },
    },
    async ({ tenant, query }) => await findDeliveries(deps.db, tenant, query),
  )
  app.get(
    '/deliveries/:delivery_id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getDelivery',
        summary: 'One delivery with every try',
        tags,
        params: idParams('delivery_id'),
        response: { 200: deliveryDetail },
      },
    },
    async ({ tenant, params }) => await readDelivery(deps.db, tenant, params.delivery_id),
  )
})

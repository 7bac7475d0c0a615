import { z } from 'zod'
import { defineRoutes } from '../access/define-routes.ts'
import { roles } from '../access/roles.ts'

const tenantSchema = z
  .object({ tenant: z.string(), role: z.enum(roles).describe('Of whoever asks.') })
  .meta({ id: 'Tenant' })

export const tenantRoutes = defineRoutes((app) => {
  app.get(
    '/',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getTenant',
        summary: 'One tenant, and the caller’s role in it',
        tags: ['access'],
        response: { 200: tenantSchema },
      },
    },
    async ({ tenant, actor }) => ({ tenant, role: actor.roleIn(tenant) ?? 'viewer' }),
  )
})

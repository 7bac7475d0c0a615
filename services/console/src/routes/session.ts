import { z } from 'zod'
import { defineGlobalRoutes } from '../access/define-routes.ts'
import { roles } from '../access/roles.ts'

const grantSchema = z
  .object({ tenant: z.string().describe('`*`: all tenants.'), role: z.enum(roles) })
  .meta({ id: 'Grant' })

const meSchema = z
  .object({ id: z.string(), name: z.string(), kind: z.enum(['user', 'token']), tenants: z.array(grantSchema) })
  .meta({ id: 'Me' })

export const sessionRoutes = defineGlobalRoutes((app) => {
  app.get(
    '/me',
    {
      config: { role: 'signed-in' },
      schema: {
        operationId: 'getMe',
        summary: 'Who the caller is, and what they may do where',
        tags: ['access'],
        response: { 200: meSchema },
      },
    },
    async ({ actor }) => ({ id: actor.id, name: actor.name, kind: actor.kind, tenants: [...actor.grants] }),
  )
})

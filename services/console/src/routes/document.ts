import { z } from 'zod'
import { defineGlobalRoutes } from '../access/define-routes.ts'

export const documentRoutes = defineGlobalRoutes((app) => {
  app.get(
    '/openapi.json',
    {
      config: { role: 'signed-in' },
      schema: {
        operationId: 'getOpenApi',
        summary: 'This document',
        tags: ['access'],
        response: { 200: z.record(z.string(), z.unknown()) },
      },
    },
    async () => app.swagger() as Readonly<Record<string, unknown>>,
  )
})

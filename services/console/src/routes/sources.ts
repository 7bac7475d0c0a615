import { defineRoutes } from '../access/define-routes.ts'
import { findNotices } from '../read/notices.ts'
import { readParity } from '../read/parity.ts'
import { noticePage, noticesQuery, parityList, parityQuery, sourceList } from '../read/schemas/index.ts'
import { readSourceRows } from '../read/sources.ts'

const tags = ['sources']

export const sourcesRoutes = defineRoutes((app, deps) => {
  app.get(
    '/sources',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listSources',
        summary: 'Configured sources with their modes and what came from them; no secrets',
        tags,
        response: { 200: sourceList },
      },
    },
    async ({ tenant }) => ({ items: await readSourceRows(deps.reading, tenant) }),
  )
  app.get(
    '/parity',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listParity',
        summary: 'How webhooks and polling compare, and whether cutting over is safe',
        tags,
        querystring: parityQuery,
        response: { 200: parityList },
      },
    },
    async ({ tenant, query }) => ({ items: await readParity(deps.reading, tenant, query) }),
  )
  app.get(
    '/notices',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listNotices',
        summary: 'Warnings and news for operators, newest first',
        tags,
        querystring: noticesQuery,
        response: { 200: noticePage },
      },
    },
    async ({ tenant, query }) => await findNotices(deps.db, tenant, query),
  )
})

import { defineRoutes } from '../access/define-routes.ts'
import { deadLetterTopics, findDeadLetters } from '../read/dead-letters.ts'
import {
  deadLetterPage,
  deadLetterParams,
  deadLettersQuery,
  deadLetterTopics as topicsSchema,
} from '../read/schemas/index.ts'

const tags = ['dead letters']

export const deadLettersRoutes = defineRoutes((app, deps) => {
  app.get(
    '/dead-letters',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listDeadLetterTopics',
        summary: 'Dead-letter topics that hold something, with how much, since when and why',
        tags,
        response: { 200: topicsSchema },
      },
    },
    async ({ tenant }) => ({ items: await deadLetterTopics(deps.db, tenant) }),
  )
  app.get(
    '/dead-letters/:topic',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listDeadLetters',
        summary: 'What lies in one dead-letter topic, newest first',
        tags,
        params: deadLetterParams,
        querystring: deadLettersQuery,
        response: { 200: deadLetterPage },
      },
    },
    async ({ tenant, params, query }) => await findDeadLetters(deps.db, tenant, params.topic, query),
  )
})

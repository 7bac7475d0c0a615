import { defineRoutes } from '../access/define-routes.ts'
import { findConversations, readConversation } from '../read/conversations.ts'
import {
  conversationDetail,
  conversationPage,
  conversationsQuery,
  conversationsSearch,
  idParams,
} from '../read/schemas/index.ts'

const tags = ['conversations']

export const conversationsRoutes = defineRoutes((app, deps) => {
  app.get(
    '/conversations',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listConversations',
        summary: 'Conversations, those that changed last first',
        tags,
        querystring: conversationsQuery,
        response: { 200: conversationPage },
      },
    },
    async ({ tenant, query }) => await findConversations(deps.db, tenant, query, deps.reading.words),
  )
  app.post(
    '/conversations/search',
    {
      config: { role: 'viewer', isSearch: true },
      schema: {
        operationId: 'searchConversations',
        summary: 'Conversations by subject or person, those that changed last first',
        description: 'As the list, with a text besides: in the body, so that no URL names anybody.',
        tags,
        body: conversationsSearch,
        response: { 200: conversationPage },
      },
    },
    async ({ tenant, body }) => await findConversations(deps.db, tenant, body, deps.reading.words),
  )
  app.get(
    '/conversations/:conversation_id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getConversation',
        summary: 'One conversation with its last messages',
        tags,
        params: idParams('conversation_id'),
        response: { 200: conversationDetail },
      },
    },
    async ({ tenant, params }) => await readConversation(deps.db, tenant, params.conversation_id),
  )
})

import { z } from 'zod'
import { part } from '../console-api.ts'
import { defineTool } from './define-tool.ts'
import { pagingInput } from './inputs.ts'

export const readOverview = defineTool({
  name: 'read_overview',
  title: 'Read the overview',
  description:
    'How the installation is: events per minute, freshness, delivery success, the oldest undelivered, lag by consumer, failed verifications, the Front budget, each service’s health.',
  input: {},
  run: (_, { api, signal }) => api.get('/overview', {}, signal),
})

export const listDeadLetters = defineTool({
  name: 'list_dead_letters',
  title: 'List dead letters',
  description:
    'What could not be handled: without a topic the dead-letter topics with counts, with one its records and their errors.',
  input: {
    topic: z.string().max(249).optional().describe('The dead-letter topic’s name, from the list.'),
    ...pagingInput,
  },
  run: ({ topic, limit, cursor }, { api, signal }) =>
    topic === undefined
      ? api.get('/dead-letters', {}, signal)
      : api.get(`/dead-letters/${part(topic)}`, { limit, cursor }, signal),
})

export const readApproval = defineTool({
  name: 'read_approval',
  title: 'Read an approval',
  description:
    'How a request stands that a tool has made: pending, approved, refused, expired, done or failed, and with what result.',
  input: { approval_id: z.string().max(100) },
  run: ({ approval_id }, { api, signal }) => api.get(`/approvals/${part(approval_id)}`, {}, signal),
})

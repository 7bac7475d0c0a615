import { z } from 'zod'
import { part } from '../console-api.ts'
import { defineTool } from './define-tool.ts'
import { pagingInput } from './inputs.ts'

const overview = z.looseObject({
  events: z.looseObject({
    minutes: z.array(z.number()),
    series: z.array(z.object({ type: z.string(), total: z.number(), counts: z.array(z.number()) })),
  }),
})

/** A model needs no number for each minute: a type's total and what came lately tell as much. */
export function summedUp(answer: unknown) {
  const { events, ...rest } = overview.parse(answer)
  const { minutes: _, series, ...figures } = events
  const types = series.map(({ type, total, counts }) => ({
    type,
    total,
    last_5_minutes: counts.slice(-5).reduce((sum, count) => sum + count, 0),
    most_in_a_minute: Math.max(0, ...counts),
  }))
  return { ...rest, events: { ...figures, types } }
}

export const readOverview = defineTool({
  name: 'read_overview',
  title: 'Read the overview',
  description:
    'How the installation is: events by type, freshness, delivery success, the oldest undelivered, lag by consumer, failed verifications, the Front budget, each service’s health.',
  input: {},
  run: async (_, { api, signal }) => summedUp(await api.get('/overview', {}, signal)),
})

export const listDeadLetters = defineTool({
  name: 'list_dead_letters',
  title: 'List dead letters',
  description:
    'What could not be handled: without a topic all dead-letter topics with counts and error codes, with one its records that were not put back, newest first, and their errors. limit and cursor are for the records.',
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
    'How a request stands that a tool or a person has made: pending, approved, executing, done, failed, refused, cancelled or expired, why, and with what result.',
  input: { approval_id: z.string().max(100) },
  run: ({ approval_id }, { api, signal }) => api.get(`/approvals/${part(approval_id)}`, {}, signal),
})

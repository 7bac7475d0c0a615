import { z } from 'zod'
import { part } from '../console-api.ts'
import { defineTool } from './define-tool.ts'
import { epochOf, pagingInput, timeInput } from './inputs.ts'

export const searchDeliveries = defineTool({
  name: 'search_deliveries',
  title: 'Search deliveries',
  description:
    'Finds deliveries to customers’ endpoints, newest first: by endpoint, event, conversation, state, the error code of the last try, or time. By the webhook-id that a receiver saw: read_delivery, or search_events for its event.',
  input: {
    endpoint_id: z.string().max(500).optional(),
    event_id: z.string().max(500).optional(),
    conversation_id: z.string().max(500).optional(),
    state: z.enum(['requested', 'waiting', 'succeeded', 'dead', 'cancelled']).optional(),
    error_code: z.string().max(100).optional(),
    since: timeInput.optional().describe('Requested from then on.'),
    until: timeInput.optional().describe('Requested before.'),
    ...pagingInput,
  },
  run: ({ endpoint_id, event_id, conversation_id, error_code, since, until, ...rest }, { api, meant, signal }) => {
    const ids = {
      endpoint: endpoint_id && meant(endpoint_id),
      event: event_id && meant(event_id),
      conversation: conversation_id && meant(conversation_id),
    }
    const times = { since: epochOf(since), until: epochOf(until) }
    return api.get('/deliveries', { ...rest, ...ids, ...times, code: error_code }, signal)
  },
})

export const readDelivery = defineTool({
  name: 'read_delivery',
  title: 'Read a delivery’s story',
  description:
    'One delivery with every try: when, how long, how far it came, what was answered, what followed, and why it was given up.',
  input: { delivery_id: z.string().max(500).describe('The webhook-id that the receiver saw: msg_….') },
  run: ({ delivery_id }, { api, meant, signal }) => api.get(`/deliveries/${part(meant(delivery_id))}`, {}, signal),
})

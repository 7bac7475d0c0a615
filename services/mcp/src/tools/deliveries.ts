import { z } from 'zod'
import { part } from '../console-api.ts'
import { defineTool } from './define-tool.ts'
import { epochOf, pagingInput, timeInput } from './inputs.ts'

export const searchDeliveries = defineTool({
  name: 'search_deliveries',
  title: 'Search deliveries',
  description:
    'Finds deliveries to customers’ endpoints, newest first: by endpoint, event, conversation, state or the error of the last try.',
  input: {
    endpoint_id: z.string().max(500).optional(),
    event_id: z.string().max(500).optional(),
    conversation_id: z.string().max(500).optional(),
    state: z.enum(['requested', 'waiting', 'succeeded', 'dead', 'cancelled']).optional(),
    error_code: z.string().max(100).optional(),
    since: timeInput.optional(),
    until: timeInput.optional(),
    ...pagingInput,
  },
  run: ({ endpoint_id, event_id, conversation_id, error_code, since, until, ...rest }, { api, signal }) => {
    const named = { endpoint: endpoint_id, event: event_id, conversation: conversation_id, code: error_code }
    return api.get('/deliveries', { ...rest, ...named, since: epochOf(since), until: epochOf(until) }, signal)
  },
})

export const readDelivery = defineTool({
  name: 'read_delivery',
  title: 'Read a delivery’s story',
  description:
    'One delivery with every try: when, how long, how far it came, what was answered, what followed, and why it was given up.',
  input: { delivery_id: z.string().max(500).describe('The webhook-id that the receiver saw.') },
  run: ({ delivery_id }, { api, signal }) => api.get(`/deliveries/${part(delivery_id)}`, {}, signal),
})

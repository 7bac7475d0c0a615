import { z } from 'zod'
import { part } from '../console-api.ts'
import { defineTool } from './define-tool.ts'
import { epochOf, pagingInput, timeInput } from './inputs.ts'
import { payloadOf } from './payload.ts'

export const searchEvents = defineTool({
  name: 'search_events',
  title: 'Search events',
  description:
    'Finds events, newest first: by an id (event, webhook, conversation, client, delivery), type, status, time, source, or a piece of text in the payload. A page may be empty and still have a next_cursor when text is searched.',
  input: {
    id: z
      .string()
      .max(500)
      .optional()
      .describe(
        'A whole id of an event, a webhook, a conversation, a client, or of a delivery: the webhook-id msg_… that a receiver quotes.',
      ),
    type: z.string().max(200).optional().describe('A type such as message.received, or prefix.*; several with commas.'),
    status: z.enum(['pending', 'processed', 'failed']).optional(),
    source: z.string().max(100).optional(),
    since: timeInput.optional().describe('Received from then on.'),
    until: timeInput.optional().describe('Received before.'),
    text: z
      .string()
      .min(2)
      .max(200)
      .optional()
      .describe(
        'A piece of the payload as it stands there; letters from a to z in any case. Where payloads are encrypted and no id is given: a whole address, number or name of a person, or whole words of a subject.',
      ),
    ...pagingInput,
  },
  run: ({ id, text, since, until, ...rest }, { api, meant, signal }) =>
    api.post(
      '/events/search',
      { ...rest, q: id && meant(id), text: text && meant(text), since: epochOf(since), until: epochOf(until) },
      signal,
    ),
})

export const readEventStory = defineTool({
  name: 'read_event_story',
  title: 'Read an event’s story',
  description:
    'What became of one event: when it reached each hop (received, deduped, snapshot, graph, each delivery and attempt), what failed and why, and on request its payload.',
  input: {
    event_id: z.string().max(500),
    include_payload: z.boolean().default(false).describe('Also the provider’s JSON; content of third parties.'),
  },
  async run({ event_id, include_payload }, { api, meant, signal }) {
    const path = `/events/${part(meant(event_id))}`
    const [event, timeline, payload] = await Promise.all([
      api.get(path, {}, signal),
      api.get(`${path}/timeline`, {}, signal),
      include_payload ? api.get(`${path}/payload`, { max_bytes: 100_000 }, signal) : undefined,
    ])
    return { event, timeline, ...(payload === undefined ? {} : { payload: payloadOf(payload) }) }
  },
})

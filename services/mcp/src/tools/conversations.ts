import { resourceUri } from '@millrace/domain'
import { z } from 'zod'
import { part } from '../console-api.ts'
import { defineTool } from './define-tool.ts'
import { pagingInput } from './inputs.ts'

const MAX_MESSAGES = 100

export const searchConversations = defineTool({
  name: 'search_conversations',
  title: 'Search conversations',
  description:
    'Finds conversations, those that changed last first: by a part of the subject or of a person’s name or address (where content is encrypted, by whole words and addresses), a whole id, a status or a tag.',
  input: {
    query: z.string().max(200).optional(),
    status: z.string().max(100).optional(),
    tag: z.string().max(200).optional().describe('The tag’s id or name, whole.'),
    ...pagingInput,
  },
  run: ({ query, ...rest }, { api, meant, signal }) =>
    api.post('/conversations/search', { ...rest, q: query && meant(query) }, signal),
})

export const readConversation = defineTool({
  name: 'read_conversation',
  title: 'Read a conversation',
  description:
    'The state of one conversation as far as known: subject, status, assignee, tags, the last messages and comments (newest first), and how complete and recent that is. Its uri can be subscribed to.',
  input: {
    conversation_id: z.string().max(500).describe('Such as cnv_55c8c149.'),
    messages: z
      .number()
      .int()
      .min(0)
      .max(MAX_MESSAGES)
      .default(20)
      .describe('Messages and comments at most, the newest.'),
  },
  async run({ conversation_id, messages }, { api, meant, signal }) {
    const id = meant(conversation_id)
    const conversation = (await api.get(`/conversations/${part(id)}`, {}, signal)) as Readonly<Record<string, unknown>>
    return { uri: resourceUri({ kind: 'conversation', tenant: api.tenant, id }), ...newest(conversation, messages) }
  },
})

/** The same with no more than so many messages and comments; says where some were left out. */
export function newest(
  conversation: Readonly<Record<string, unknown>>,
  most: number,
): Readonly<Record<string, unknown>> {
  const lists = ['messages', 'comments'].map((name) => {
    const list = conversation[name]
    return [name, Array.isArray(list) ? list : []] as const
  })
  const isCut = lists.some(([, list]) => list.length > most)
  const cut = Object.fromEntries(lists.map(([name, list]) => [name, list.slice(0, most)]))
  return { ...conversation, ...cut, has_more: isCut || conversation.has_more === true }
}

import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { expect, test } from 'vitest'
import type { TenantApi } from '../../src/console-api.ts'
import { createMasker } from '../../src/present/masker.ts'
import type { Session } from '../../src/session.ts'
import { registerTools } from '../../src/tools/register.ts'

type Handler = (input: object, extra: { readonly signal: AbortSignal }) => Promise<unknown>

/** Every tool by its name, and what they ask the console. */
function tools() {
  const masker = createMasker()
  const asked: string[] = []
  const answer = async (path: string, parameters: object = {}) => {
    asked.push(decodeURIComponent(path), ...Object.values(parameters).map(String))
    return { items: [{ id: 'client:a:b' }], next_cursor: null }
  }
  const api = { tenant: 'default', get: answer, post: answer }
  const handlers = new Map<string, Handler>()
  const server = { registerTool: (name: string, _: object, handler: Handler) => void handlers.set(name, handler) }
  const session = {
    ...{ masker, onCall: () => {}, tenant: async () => api as unknown as TenantApi },
    log: { warn: (_: object, text: string) => Promise.reject(new Error(text)), info: () => {} },
  }
  registerTools(server as unknown as McpServer, session as unknown as Session)
  return {
    asked,
    pseudonym: masker.whole('email', 'ada@example.com'),
    call: (name: string, input: object) => handlers.get(name)?.(input, { signal: new AbortController().signal }),
  }
}

test.each([
  ['search_events', 'id'],
  ['search_events', 'text'],
  ['read_event_story', 'event_id'],
  ['search_conversations', 'query'],
  ['read_conversation', 'conversation_id'],
  ['read_client_graph', 'client_id'],
  ['search_graph', 'query'],
  ['search_graph', 'client_id'],
  ['read_graph_node', 'node_id'],
  ['search_deliveries', 'endpoint_id'],
  ['search_deliveries', 'event_id'],
  ['search_deliveries', 'conversation_id'],
  ['read_delivery', 'delivery_id'],
])('a pseudonym that a model was given is understood by %s as %s', async (tool, parameter) => {
  const { asked, pseudonym, call } = tools()
  await call(tool, { [parameter]: `x-${pseudonym}` })
  expect(asked.join('\n')).toContain('x-ada@example.com')
  expect(asked.join('\n')).not.toContain(pseudonym)
})

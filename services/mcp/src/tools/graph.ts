import { resourceUri } from '@millrace/domain'
import { z } from 'zod'
import { part } from '../console-api.ts'
import { McpError } from '../errors.ts'
import { defineTool, type ToolCall } from './define-tool.ts'
import { pagingInput } from './inputs.ts'

const around = {
  depth: z.number().int().min(1).max(4).default(2).describe('Steps from the node.'),
  limit: z.number().int().min(1).max(300).default(80).describe('Nodes at most, the nearest first.'),
  include_ended: z.boolean().default(false).describe('Also relationships that have ended.'),
}
interface Around {
  readonly depth: number
  readonly limit: number
  readonly include_ended: boolean
}

export const readClientGraph = defineTool({
  name: 'read_client_graph',
  title: 'Read a client’s graph',
  description:
    'The knowledge graph around a client, by the client id that callers use: tasks, people, statuses, dates, money, conversations.',
  input: { client_id: z.string().max(500), ...around },
  async run({ client_id, ...rest }, call) {
    const id = call.meant(client_id)
    const query = { client: id, type: 'client', limit: 200 }
    const { items } = (await call.api.post('/graph/nodes/search', query, call.signal)) as {
      readonly items: readonly Node[]
    }
    const root = items.find(({ properties }) => String(properties?.client_id) === id) ?? items[0]
    if (root === undefined)
      throw new McpError('MR_MCP_NOT_FOUND', `No event told of a client ${client_id} in this tenant.`)
    return await neighbourhood(root.id, rest, call)
  },
})

interface Node {
  readonly id: string
  readonly properties?: Readonly<Record<string, unknown>>
}

export const searchGraph = defineTool({
  name: 'search_graph',
  title: 'Search the graph',
  description:
    'Finds nodes of the knowledge graph, those seen last first: by the beginning of their label (where content is encrypted, by whole words of it), a whole id, a person’s email address, a type or a client.',
  input: {
    query: z.string().max(200).optional(),
    type: z.string().max(100).optional().describe('client, task, person, conversation, organisation, email_address …'),
    client_id: z.string().max(500).optional(),
    ...pagingInput,
  },
  run: ({ query, client_id, ...rest }, { api, meant, signal }) =>
    api.post(
      '/graph/nodes/search',
      { ...rest, q: query && meant(query), client: client_id && meant(client_id) },
      signal,
    ),
})

export const readGraphNode = defineTool({
  name: 'read_graph_node',
  title: 'Read a graph node',
  description:
    'One node with its properties, which events say so, and what it is related to. Its uri can be subscribed to.',
  input: { node_id: z.string().max(1_000), ...around },
  async run({ node_id, ...rest }, call) {
    const id = call.meant(node_id)
    const [node, near] = await Promise.all([
      call.api.get(`/graph/nodes/${part(id)}`, {}, call.signal),
      neighbourhood(id, rest, call),
    ])
    return { node, ...near }
  },
})

async function neighbourhood(
  id: string,
  { depth, limit, include_ended }: Around,
  { api, signal }: Pick<ToolCall, 'api' | 'signal'>,
) {
  const query = { depth, limit, ended: include_ended }
  const near = await api.get(`/graph/nodes/${part(id)}/neighbours`, query, signal)
  return { uri: resourceUri({ kind: 'graph', tenant: api.tenant, id }), graph: near }
}

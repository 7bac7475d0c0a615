import { parseResourceUri, type ResourceName, resourceUri } from '@millrace/domain'
import { type McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { ListResourcesResult, ReadResourceResult } from '@modelcontextprotocol/sdk/types.js'
import { part, type TenantApi } from './console-api.ts'
import { McpError } from './errors.ts'
import { presentToFit } from './present/result.ts'
import type { Session } from './session.ts'
import { newest } from './tools/conversations.ts'

const MESSAGES = 30
const LISTED = 20
const NEIGHBOURS = { depth: 1, limit: 60, ended: false }

/** `conversation://tenant/id` and `graph://tenant/node id`: what a model's context can hold and follow. */
export function registerResources(server: McpServer, session: Session): void {
  const json = { mimeType: 'application/json' }
  server.registerResource(
    'conversation',
    new ResourceTemplate('conversation://{tenant}/{conversation_id}', { list: () => recent(session) }),
    {
      ...json,
      title: 'Conversation',
      description: 'The state of a conversation as far as known. Subscribe to hear of each new state within 2 seconds.',
    },
    (uri) => readResource(uri.href, session),
  )
  server.registerResource(
    'graph',
    new ResourceTemplate('graph://{tenant}/{node_id}', { list: undefined }),
    {
      ...json,
      title: 'Graph node',
      description: 'A node of the knowledge graph with what it is related to. Subscribe to hear of its changes.',
    },
    (uri) => readResource(uri.href, session),
  )
}

/**
 * What a URI names, where pseudonyms may stand in it.
 * @throws McpError `MR_MCP_URI`
 */
export function namedBy(uri: string, { masker }: Pick<Session, 'masker'>): ResourceName {
  const name = parseResourceUri(uri)
  if (name === null)
    throw new McpError('MR_MCP_URI', `${uri.slice(0, 200)} is no conversation://tenant/id or graph://tenant/node-id`)
  return { ...name, id: masker.reveal(name.id) }
}

/** @throws McpError `MR_MCP_URI`, `MR_MCP_TENANT`; ConsoleClientError */
export async function readResource(uri: string, session: Session): Promise<ReadResourceResult> {
  const name = namedBy(uri, session)
  const api = await session.tenant(name.tenant)
  const value = name.kind === 'conversation' ? await readConversation(api, name.id) : await readNode(api, name.id)
  const { json } = presentToFit(value, session.masker)
  return { contents: [{ uri, mimeType: 'application/json', text: json }] }
}

async function readConversation(api: TenantApi, id: string): Promise<unknown> {
  const conversation = (await api.get(`/conversations/${part(id)}`)) as Readonly<Record<string, unknown>>
  return newest(conversation, MESSAGES)
}

async function readNode(api: TenantApi, id: string): Promise<unknown> {
  const path = `/graph/nodes/${part(id)}`
  const [node, graph] = await Promise.all([api.get(path), api.get(`${path}/neighbours`, NEIGHBOURS)])
  return { node, graph }
}

/** The conversations that changed last, of every tenant of the token. */
async function recent(session: Session): Promise<ListResourcesResult> {
  const { tenants } = await session.me()
  const pages = await Promise.all(
    tenants.slice(0, LISTED).map(async ({ tenant }) => {
      const page = await session.api.in(tenant).get('/conversations', { limit: LISTED })
      const { items } = page as { readonly items: readonly { readonly conversation_id: string }[] }
      return items.map(({ conversation_id: id }) => ({
        uri: resourceUri({ kind: 'conversation', tenant, id }),
        // A subject was written by anybody; what is listed is read without having been asked for.
        name: id,
        mimeType: 'application/json',
      }))
    }),
  )
  return { resources: pages.flat() }
}

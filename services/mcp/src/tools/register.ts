import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { Session } from '../session.ts'
import { makeActions } from './actions.ts'
import { readConversation, searchConversations } from './conversations.ts'
import type { AnyTool } from './define-tool.ts'
import { readDelivery, searchDeliveries } from './deliveries.ts'
import { readEventStory, searchEvents } from './events.ts'
import { readClientGraph, readGraphNode, searchGraph } from './graph.ts'
import { listTenants } from './list-tenants.ts'
import { listDeadLetters, readApproval, readOverview } from './operations.ts'

const tools: readonly AnyTool[] = [
  listTenants,
  readOverview,
  searchEvents,
  readEventStory,
  searchConversations,
  readConversation,
  readClientGraph,
  searchGraph,
  readGraphNode,
  searchDeliveries,
  readDelivery,
  listDeadLetters,
  readApproval,
  ...makeActions,
]

/** Every tool, in the order in which clients list them. */
export function registerTools(server: McpServer, session: Session): void {
  for (const tool of tools) tool.register(server, session)
}

import { ConsoleClientError } from '@millrace/console-client'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { CallToolResult, ToolAnnotations } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import type { TenantApi } from '../console-api.ts'
import { McpError } from '../errors.ts'
import { toolResult } from '../present/result.ts'
import type { CallOutcome, Session } from '../session.ts'

/** What a tool is called with, beside its own parameters. */
export interface ToolCall {
  readonly api: TenantApi
  readonly session: Session
  readonly signal: AbortSignal
  /** The meaning of an id or a search in which pseudonyms may stand. */
  meant(text: string): string
}

export interface Tool<S extends z.ZodRawShape> {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly input: S
  /** Default: it only reads. */
  readonly annotations?: ToolAnnotations
  /** Its answer, as the console gave it; it is presented afterwards. */
  run(input: z.output<z.ZodObject<S>>, call: ToolCall): Promise<unknown>
}

export const tenantInput = {
  tenant: z.string().max(63).optional().describe('Needed only where the token has rights in several tenants.'),
}

const readOnly: ToolAnnotations = { readOnlyHint: true, openWorldHint: false }

export interface AnyTool {
  register(server: McpServer, session: Session): void
}

/** A tool of one tenant: its answer is masked, marked and cut to size; what goes wrong is told to the model in words, with a code. */
export function defineTool<S extends z.ZodRawShape>(tool: Tool<S>): AnyTool {
  const inputSchema: z.ZodType<Readonly<Record<string, unknown>>> = z.strictObject({ ...tool.input, ...tenantInput })
  return {
    register(server, session) {
      const { name, title, description, annotations = readOnly } = tool
      const config = { title, description, inputSchema, annotations }
      server.registerTool(name, config, (given, { signal }) =>
        guarded(session, name, async () => {
          const { tenant, ...input } = given as { readonly tenant?: string }
          const api = await session.tenant(tenant)
          const call = { api, session, signal, meant: session.masker.reveal }
          return toolResult(await tool.run(input as z.output<z.ZodObject<S>>, call), session.masker)
        }),
      )
    },
  }
}

/** Counts a call; an error becomes a result that says what the model can do about it. */
export async function guarded(
  session: Session,
  tool: string,
  call: () => Promise<CallToolResult>,
): Promise<CallToolResult> {
  const startedAt = performance.now()
  const tell = (outcome: CallOutcome) => session.onCall(tool, outcome, performance.now() - startedAt)
  try {
    const result = await call()
    tell('done')
    return result
  } catch (error) {
    const { result, isOurs } = told(error)
    tell(isOurs ? 'failed' : 'refused')
    if (isOurs) session.log.warn({ tool, error }, 'a tool failed')
    return result
  }
}

/** An error as a model can act on it. Details of ours stay in the log. */
function told(error: unknown): { readonly result: CallToolResult; readonly isOurs: boolean } {
  if (error instanceof McpError) return { result: failure(`${error.code}: ${error.message}`), isOurs: false }
  if (!(error instanceof ConsoleClientError))
    return { result: failure('The server made a mistake; its log tells more.'), isOurs: true }
  const { problem, retryable } = error
  const fields = (problem?.errors ?? []).map(({ pointer, detail }) => `${pointer} ${detail}`)
  const text = [`${problem?.code ?? error.code}: ${error.message}`, ...fields].join('\n')
  const isOurs = error.statusCode >= 500
  return { result: failure(retryable ? `${text}\nTry again in a moment.` : text), isOurs }
}

function failure(text: string): CallToolResult {
  return { isError: true, content: [{ type: 'text', text }] }
}

import { answerOf, ConsoleClientError, createConsoleClient } from '@millrace/console-client'
import { McpError } from './errors.ts'

/** What a token may do. */
export interface Me {
  readonly id: string
  readonly name: string
  /** Every tenant in which it has a right, one by one. */
  readonly tenants: readonly { readonly tenant: string; readonly role: string }[]
  /** The role in all tenants, those to come included; null for none. */
  readonly everywhere: string | null
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** The console's API in one tenant, with the token of one session. Every method throws ConsoleClientError, or the signal's reason. */
export interface TenantApi {
  readonly tenant: string
  /** `path` is below the tenant, its variable parts encoded: `/events/evt_1`. */
  get(path: string, query?: Query, signal?: AbortSignal): Promise<unknown>
  post(path: string, body: unknown, signal?: AbortSignal): Promise<unknown>
  /** The live stream of these kinds: what came after `lastEventId`, then all that comes. */
  live(kinds: string, lastEventId: string | undefined, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>
}

export interface ConsoleApi {
  me(signal?: AbortSignal): Promise<Me>
  in(tenant: string): TenantApi
}

export interface ConsoleApiOptions {
  readonly url: string
  readonly token: string
  readonly timeoutMs: number
}

/** What comes back is presented by its form, whatever the route, so paths are put together here and are no part of the types. */
interface Loose {
  GET(path: string, init: object): Parameters<typeof answerOf>[0]
  POST(path: string, init: object): Parameters<typeof answerOf>[0]
}

export function createConsoleApi({ url, token, timeoutMs }: ConsoleApiOptions): ConsoleApi {
  const client = createConsoleClient({ url, token, timeoutMs })
  const loose = client as unknown as Loose
  return {
    me: async (signal) => await answerOf(client.GET('/api/v1/me', signal === undefined ? {} : { signal })),
    in(tenant) {
      const base = `/api/v1/tenants/${part(tenant)}`
      return {
        tenant,
        get: (path, query = {}, signal) =>
          answerOf(loose.GET(`${base}${path}`, { params: { query }, ...(signal === undefined ? {} : { signal }) })),
        post: (path, body, signal) =>
          answerOf(loose.POST(`${base}${path}`, { body, ...(signal === undefined ? {} : { signal }) })),
        async live(kinds, lastEventId, signal) {
          const headers = {
            accept: 'text/event-stream',
            ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
          }
          const query = { kinds }
          const stream = await answerOf(
            loose.GET(`${base}/live`, { params: { query }, headers, parseAs: 'stream', signal }),
          )
          if (!(stream instanceof ReadableStream))
            throw new ConsoleClientError('MR_CONSOLE_UNREACHABLE', 'The console’s live stream has no body')
          return stream
        },
      }
    },
  }
}

/**
 * One part of a path.
 * @throws McpError `MR_MCP_NOT_FOUND` for the two that would lead to another path
 */
export function part(id: string): string {
  if (id !== '.' && id !== '..') return encodeURIComponent(id)
  throw new McpError('MR_MCP_NOT_FOUND', 'There is no such thing.')
}

/**
 * The tenant that a call means.
 * @throws McpError `MR_MCP_TENANT` when it names none of several, or one that the token has no right in
 */
export function chooseTenant({ tenants, everywhere }: Omit<Me, 'id' | 'name'>, named: string | undefined): string {
  const names = tenants.map(({ tenant }) => tenant)
  if (named !== undefined) {
    if (everywhere !== null || names.includes(named)) return named
    throw new McpError('MR_MCP_TENANT', `The token has no right in tenant "${named}"; it has in: ${listed(names)}.`)
  }
  const [only, ...others] = names
  if (only !== undefined && others.length === 0) return only
  throw new McpError('MR_MCP_TENANT', `Name a tenant; the token has rights in: ${listed(names)}.`)
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.slice(0, 50).join(', ')
}

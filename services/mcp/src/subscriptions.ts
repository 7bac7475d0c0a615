import { resourceUri } from '@millrace/domain'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { SubscribeRequestSchema, UnsubscribeRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { McpError } from './errors.ts'
import { followLive } from './follow-live.ts'
import { namedBy, readResource } from './resources.ts'
import type { Session } from './session.ts'

/** Resources that one session follows at most. */
const MAX_SUBSCRIBED = 200
/** Several changes within it are told as one: a conversation often changes more than once at a time. */
const GATHER_MS = 100
/** How long a client waits for the stream to be there. */
const OPEN_WITHIN_MS = 2_000

export interface Subscriptions {
  /** Ends the streams; nothing is told any more. */
  close(): void
}

interface Followed {
  /** The URI as the client gave it, by the one that it means. */
  readonly uris: Map<string, string>
  readonly stopping: AbortController
  /** Resolves when changes are told, or nobody should wait any longer: then what was missed is told later. */
  readonly opened: Promise<void>
}

/** Lets a client follow resources: each change is told within 2 s of its snapshot. One live stream a tenant, only while something is followed. */
export function createSubscriptions(mcp: McpServer, session: Session): Subscriptions {
  const byTenant = new Map<string, Followed>()
  const due = new Map<string, string>()
  const closed = new AbortController()
  let timer: NodeJS.Timeout | undefined

  const tell = () => {
    timer = undefined
    const uris = [...due.values()]
    due.clear()
    for (const uri of uris) {
      session.onUpdate()
      // Over HTTP a client may have no stream open: what it follows it reads anew when it comes back.
      mcp.server
        .sendResourceUpdated({ uri })
        .catch((error) => session.log.warn({ error }, 'an update could not be told'))
    }
  }
  const changed = ({ uris }: Followed, meant: string) => {
    const uri = uris.get(meant)
    if (uri === undefined) return
    due.set(meant, uri)
    timer ??= setTimeout(tell, GATHER_MS)
  }

  const follow = async (tenant: string): Promise<Followed> => {
    const api = await session.tenant(tenant)
    const known = byTenant.get(tenant)
    if (known !== undefined) return known
    const opened = Promise.withResolvers<void>()
    setTimeout(opened.resolve, OPEN_WITHIN_MS).unref()
    const followed: Followed = { uris: new Map(), stopping: new AbortController(), opened: opened.promise }
    byTenant.set(tenant, followed)
    const listener = {
      changed: (uri: string) => changed(followed, uri),
      opened: () => opened.resolve(),
      missed: () => {
        for (const meant of followed.uris.keys()) changed(followed, meant)
      },
    }
    // A request that came just before the session ended may get here after it.
    const signal = AbortSignal.any([followed.stopping.signal, closed.signal])
    void followLive(api, listener, { log: session.log, signal })
    return followed
  }

  mcp.server.setRequestHandler(SubscribeRequestSchema, async ({ params: { uri } }) => {
    const count = [...byTenant.values()].reduce((sum, { uris }) => sum + uris.size, 0)
    if (count >= MAX_SUBSCRIBED)
      throw new McpError('MR_MCP_SUBSCRIPTIONS', `A session follows ${MAX_SUBSCRIBED} resources at most.`)
    const name = namedBy(uri, session)
    // What cannot be read cannot be followed: it would tell that and when something changes.
    await readResource(uri, session)
    const { uris, opened } = await follow(name.tenant)
    uris.set(resourceUri(name), uri)
    await opened
    return {}
  })
  mcp.server.setRequestHandler(UnsubscribeRequestSchema, async ({ params: { uri } }) => {
    const name = namedBy(uri, session)
    const followed = byTenant.get(name.tenant)
    followed?.uris.delete(resourceUri(name))
    // Nor is what was gathered told once this is answered.
    due.delete(resourceUri(name))
    if (followed?.uris.size === 0) {
      followed.stopping.abort()
      byTenant.delete(name.tenant)
    }
    return {}
  })
  return {
    close() {
      clearTimeout(timer)
      closed.abort()
      byTenant.clear()
    },
  }
}

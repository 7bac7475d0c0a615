/** An MCP client that begins a new session when its own has ended, as the specification asks of clients. */
export interface McpCaller {
  /** Calls a tool; resolves with null when it was answered, else with what was wrong. */
  call(tool: string, given: object): Promise<string | null>
  /** Calls a tool; resolves with its result as it was sent. @throws Error when it was not answered */
  answer(tool: string, given: object): Promise<string>
  /** Sessions that were begun. */
  sessions(): number
}

const VERSION = '2025-06-18'
const ANSWER_WITHIN_MS = 20_000

/** @param url `/mcp` included @see https://modelcontextprotocol.io/specification/2025-06-18/basic/transports#session-management */
export function createMcpCaller(url: string, token: string): McpCaller {
  let session: Promise<string> | undefined
  let begun = 0
  let nextId = 1

  const post = (body: object, sessionId?: string) =>
    fetch(url, {
      method: 'POST',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(sessionId === undefined ? {} : { 'mcp-session-id': sessionId, 'mcp-protocol-version': VERSION }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', ...body }),
    })
  const begin = async () => {
    const params = { protocolVersion: VERSION, capabilities: {}, clientInfo: { name: 'chaos', version: '1' } }
    const answer = await post({ id: nextId++, method: 'initialize', params })
    await answer.text()
    const id = answer.headers.get('mcp-session-id')
    if (!answer.ok || id === null) throw new Error(`initialize: ${answer.status}`)
    const noted = await post({ method: 'notifications/initialized' }, id)
    await noted.text()
    begun++
    return id
  }
  const ask = async (tool: string, given: object) => {
    session ??= begin().catch((error: Error) => {
      session = undefined
      throw error
    })
    const params = { name: tool, arguments: given }
    const answer = await post({ id: nextId++, method: 'tools/call', params }, await session)
    return { status: answer.status, text: await answer.text() }
  }
  const askAgain = async (tool: string, given: object) => {
    const mine = session
    const first = await ask(tool, given)
    if (first.status !== 404) return first
    if (session === mine) session = undefined
    return ask(tool, given)
  }
  return {
    sessions: () => begun,
    async answer(tool, given) {
      const { status, text } = await askAgain(tool, given)
      if (status !== 200) throw new Error(`${tool}: ${status}`)
      return text
    },
    async call(tool, given) {
      const { status, text } = await askAgain(tool, given)
      if (status !== 200) return String(status)
      return /"isError":true/.test(text) || /"error":\{/.test(text) ? 'an error as result' : null
    },
  }
}

import { defineSettings, readSettings } from '@millrace/service-kit'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import packageJson from '../package.json' with { type: 'json' }
import { createConsoleApi } from './console-api.ts'
import { McpError } from './errors.ts'
import type { McpLog } from './log.ts'
import { createSession } from './session.ts'
import { sessionSettings, settings } from './settings.ts'

/** For a client that starts the server itself and speaks with it over standard input and output; the log goes to standard error. */
async function serve(): Promise<void> {
  const { consoleToken } = settings
  const { values } = readSettings(defineSettings({ ...sessionSettings, consoleToken }))
  const { consoleUrl: url, consoleToken: token, consoleTimeoutMs: timeoutMs, masksPersonalData } = values
  if (token === undefined)
    throw new McpError(
      'MR_MCP_STDIO_TOKEN',
      'MILLRACE_CONSOLE_TOKEN (or MILLRACE_CONSOLE_TOKEN_FILE) is needed: a token of the console.',
    )
  const api = createConsoleApi({ url, token, timeoutMs })
  const nothing = () => {}
  const { version } = packageJson
  const session = createSession({ api, log: stderrLog, version, masksPersonalData, onCall: nothing, onUpdate: nothing })
  const transport = new StdioServerTransport()
  const end = () => void session.close().finally(() => process.exit(0))
  // The client has gone: nobody else will end this process.
  process.stdin.once('end', end)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
  await session.server.connect(transport)
}

const write = (level: string) => (fields: object, message: string) => {
  const { error, ...rest } = fields as { readonly error?: unknown }
  const said = error instanceof Error ? { error: error.message } : {}
  process.stderr.write(`${JSON.stringify({ level, message, ...rest, ...said })}\n`)
}
const stderrLog: McpLog = { info: write('info'), warn: write('warn') }

await serve().catch((error: Error) => {
  process.stderr.write(`millrace mcp: ${error.message}\n`)
  process.exit(78)
})

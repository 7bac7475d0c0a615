import { closeOrder, leaveRotation, run } from '@millrace/service-kit'
import { createConsoleApi } from './console-api.ts'
import { createHttpServer } from './http-server.ts'
import { observeMcp } from './observe.ts'
import { createSession } from './session.ts'
import { settings } from './settings.ts'

await run({
  name: 'mcp',
  settings,
  async start({ settings, log, meter, version, onClose, signal }) {
    const { consoleUrl, consoleTimeoutMs, masksPersonalData, host, port, allowedHosts, allowedOrigins } = settings
    const observed = observeMcp(meter)
    let listening = port
    const server = createHttpServer({
      rules: () => ({ port: listening, allowedHosts, allowedOrigins }),
      maxSessions: settings.maxSessions,
      sessionIdleMs: settings.sessionIdleMs,
      onSessions: observed.onSessions,
      async open(token) {
        const api = createConsoleApi({ url: consoleUrl, token, timeoutMs: consoleTimeoutMs })
        const { id, name } = await api.me()
        log.info({ token_id: id, token_name: name }, 'a session begins')
        return createSession({ ...observed, api, log, version, masksPersonalData })
      },
    })
    leaveRotation({ server: server.app.server, drainMs: settings.drainMs, signal, onClose })
    onClose('sessions', server.close, { order: closeOrder.intake })
    const url = new URL(await server.app.listen({ host, port }))
    listening = Number(url.port)
    log.info({ mcp_port: listening, console: consoleUrl }, 'MCP is served at /mcp')
  },
})

import { existsSync, readFileSync } from 'node:fs'
import { type Env, urlOf } from './local-env.ts'
import { type McpClientConfig, mcpUrl } from './mcp-client.ts'

export interface Welcome {
  readonly env: Env
  readonly how: string
  readonly isSimulated: boolean
  /** Undefined where there is no token for one. */
  readonly mcpClient: McpClientConfig | undefined
}

/** What is where, and what to do next. */
export function welcome({ env, how, isSimulated, mcpClient }: Welcome): string {
  const url = urlOf(env, 'gateway')
  return `
  Console          ${urlOf(env, 'console')}${firstLogin(env)}
  Front webhooks   ${url}/api/webhooks/front
  Make requests    ${url}/api/webhook/make.com/chatgpt-clients
  Status           ${url}/api/status   (npm run status shows every service)
  MCP              ${mcpUrl(env)}${mcpConfig(mcpClient)}
  Kafka            ${env.KAFKA_BROKERS}   (${how})
  Redis            ${shownUrl(env.REDIS_URL)}
  Logs             .local/logs    Secrets  .local/dev.env (your .env wins)

  Next:
    npm run demo                                    ${isSimulated ? 'the sample traffic again' : 'sample traffic'}
    npm run millrace -- --help                      tail a topic, send a file, add an endpoint
    Ctrl-C                                          ends everything; the data stays until npm run reset
`
}

/** The link by which the first administrator logs in, while there is none. */
function firstLogin({ CONSOLE_LINK_FILE: file }: Env): string {
  if (!file || !existsSync(file)) return ''
  return `
                   log in by this link, once: ${readFileSync(file, 'utf8').trim()}`
}

/** Ready to be pasted into a client's configuration. */
function mcpConfig(config: McpClientConfig | undefined): string {
  if (config === undefined) return ''
  const lines = JSON.stringify(config, null, 2).split('\n')
  return `   (.local/mcp.json has the token for HTTP; over stdio, for any MCP client:)
${lines.map((line) => `    ${line}`).join('\n')}`
}

function shownUrl(url = ''): string {
  return url.replace(/\/\/[^@/]*@/, '//***@')
}

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Env, urlOf } from './local-env.ts'
import { root } from './paths.ts'

/** Configuration of an MCP client, in the form that most of them take. */
export interface McpClientConfig {
  readonly mcpServers: Readonly<Record<string, object>>
}

const TOKEN_FILE = 'mcp-token'
const CONFIG_FILE = 'mcp.json'
const ANSWER_WITHIN_MS = 5_000

/**
 * Makes a token by which models work with the local stack (they read, and ask for changes), once for a checkout, and writes `mcp.json` with both ways to
 * connect. Only their owner can read the two files.
 * @param directory what running the project leaves behind
 * @returns what a client needs that starts the server itself; it holds no secret. Undefined where the console gave no token
 */
export async function prepareMcpClient(env: Env, directory: string): Promise<McpClientConfig | undefined> {
  const tokenFile = join(directory, TOKEN_FILE)
  const url = urlOf(env, 'console')
  const known = existsSync(tokenFile) ? readFileSync(tokenFile, 'utf8').trim() : ''
  const token = (await isTaken(url, known)) ? known : await newToken(url, env.MILLRACE_CONSOLE_TOKEN)
  if (token === undefined) return undefined
  writeFileSync(tokenFile, token, { mode: 0o600 })
  const millrace = {
    // A path that stays the same when the version of Node changes.
    command: join(root, 'node_modules/node/bin/node'),
    args: [join(root, 'services/mcp/src/stdio.ts')],
    env: { MILLRACE_CONSOLE_URL: url, MILLRACE_CONSOLE_TOKEN_FILE: tokenFile, MILLRACE_ENV_FILE: '' },
  }
  const http = { type: 'http', url: mcpUrl(env), headers: { Authorization: `Bearer ${token}` } }
  const both: McpClientConfig = { mcpServers: { millrace, 'millrace-http': http } }
  writeFileSync(join(directory, CONFIG_FILE), `${JSON.stringify(both, null, 2)}\n`, { mode: 0o600 })
  return { mcpServers: { millrace } }
}

/** Where MCP clients of this machine connect over HTTP. */
export function mcpUrl(env: Env): string {
  return `${urlOf(env, 'mcp')}/mcp`
}

async function isTaken(url: string, token: string): Promise<boolean> {
  if (token === '') return false
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${url}/api/v1/me`, { headers, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
  return answer.ok
}

async function newToken(url: string, adminToken: string | undefined): Promise<string | undefined> {
  if (adminToken === undefined) return undefined
  const answer = await fetch(`${url}/api/v1/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'MCP clients of npm start',
      roles: [{ tenant: '*', role: 'operator' }],
      expires_in_days: null,
    }),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  })
  return answer.ok ? ((await answer.json()) as { secret: string }).secret : undefined
}

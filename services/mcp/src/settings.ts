import {
  adminPort,
  boolean,
  common,
  defineSettings,
  duration,
  integer,
  list,
  port,
  secret,
  string,
  url,
} from '@millrace/service-kit'

/** What a server over stdio takes too. */
export const sessionSettings = {
  consoleUrl: url('MILLRACE_CONSOLE_URL', 'http://127.0.0.1:8090', 'Where the console’s API is.'),
  masksPersonalData: boolean(
    'MCP_MASK_PERSONAL_DATA',
    true,
    'Give models pseudonyms for names, handles, email addresses, phone and card numbers.',
  ),
  consoleTimeoutMs: duration('MCP_CONSOLE_TIMEOUT_MS', 20_000, 'Longest time for one answer of the console.', {
    min: 500,
    max: 120_000,
  }),
} as const

export const settings = defineSettings({
  ...common,
  ...sessionSettings,
  adminPort: adminPort('mcp', 9086),
  host: string('MCP_HOST', '127.0.0.1', 'Address on which MCP clients are served over HTTP.'),
  port: port('MCP_PORT', 8086, 'Port on which MCP clients are served over HTTP, at /mcp.'),
  drainMs: duration(
    'MCP_DRAIN_MS',
    0,
    'At shutdown, time in which requests are still taken while `/readyz` says no, so that load balancers notice.',
    { max: 120_000 },
  ),
  consoleToken: secret(
    'MILLRACE_CONSOLE_TOKEN',
    undefined,
    'Token of the console for a server over stdio, and for the CLI; over HTTP each client brings its own.',
  ),
  allowedHosts: list(
    'MCP_ALLOWED_HOSTS',
    [],
    'Names by which clients may call beside 127.0.0.1, [::1] and localhost: `mcp.example.com`, with the port where it is not 443 or 80.',
    { pattern: /^[A-Za-z0-9.-]{1,253}(:\d{1,5})?$/, takes: 'host names with or without a port, separated by commas' },
  ),
  allowedOrigins: list(
    'MCP_ALLOWED_ORIGINS',
    [],
    'Origins of web pages that may call, such as `https://inspector.example.com`; without one no page may.',
    { pattern: /^https?:\/\/[A-Za-z0-9.-]{1,253}(:\d{1,5})?$/, takes: 'origins separated by commas' },
  ),
  maxSessions: integer('MCP_MAX_SESSIONS', 100, 'Sessions over HTTP at the same time.', { min: 1, max: 10_000 }),
  sessionIdleMs: duration(
    'MCP_SESSION_IDLE_MS',
    1_800_000,
    'Time without a request or an open stream after which a session ends.',
    {
      min: 1_000,
      max: 86_400_000,
    },
  ),
})

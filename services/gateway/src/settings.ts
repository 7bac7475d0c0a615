import {
  adminPort,
  common,
  defineSettings,
  duration,
  integer,
  list,
  port,
  secret,
  sourceSettings,
  string,
  webhookSettings,
} from '@millrace/service-kit'

export const settings = defineSettings({
  ...common,
  ...sourceSettings,
  ...webhookSettings,
  host: string('GATEWAY_HOST', '0.0.0.0', 'Address on which the gateway takes webhooks.'),
  port: port('GATEWAY_PORT', 8000, 'Port on which the gateway takes webhooks.'),
  adminPort: adminPort('gateway', 9080),
  statusToken: secret(
    'GATEWAY_STATUS_TOKEN',
    undefined,
    'Bearer token with which `GET /api/status` tells sources and counts; without it only that the gateway is up.',
    { minLength: 16 },
  ),
  trustedProxies: list(
    'GATEWAY_TRUSTED_PROXIES',
    [],
    'Addresses or CIDR ranges of proxies whose `X-Forwarded-For` is believed; empty: nobody’s.',
    { pattern: /^[0-9a-fA-F.:]+(\/\d{1,3})?$/, takes: 'IP addresses or CIDR ranges, separated by commas' },
  ),
  ratePerAddress: integer(
    'GATEWAY_RATE_PER_ADDRESS',
    12_000,
    'Requests a minute that one address (IPv6: one /64) may make before any work is done for it; 0 for no limit.',
    { max: 10_000_000 },
  ),
  maxConnections: integer('GATEWAY_MAX_CONNECTIONS', 2_000, 'Open connections; further ones are closed at once.', {
    min: 1,
    max: 100_000,
  }),
  maxBytesInHand: integer(
    'GATEWAY_MAX_BYTES_IN_HAND',
    268_435_456,
    'Bytes of bodies being received or handled, over all requests; beyond it requests get 503.',
    { min: 2_000_000 },
  ),
  maxWaitingCallers: integer(
    'GATEWAY_MAX_WAITING_CALLERS',
    1_000,
    'Synchronous requests that wait for an answer at the same time; beyond it they get 503.',
    { min: 1, max: 100_000 },
  ),
  headersTimeoutMs: duration('GATEWAY_HEADERS_TIMEOUT_MS', 10_000, 'Longest time a client may take for its headers.', {
    min: 100,
    max: 120_000,
  }),
  requestTimeoutMs: duration(
    'GATEWAY_REQUEST_TIMEOUT_MS',
    30_000,
    'Longest time a client may take for a whole request, body included.',
    { min: 100, max: 300_000 },
  ),
  keepAliveTimeoutMs: duration(
    'GATEWAY_KEEP_ALIVE_TIMEOUT_MS',
    72_000,
    'Time an idle connection stays open; keep it above that of the load balancer in front.',
    { min: 1_000, max: 3_600_000 },
  ),
  drainMs: duration(
    'GATEWAY_DRAIN_MS',
    500,
    'At shutdown, time in which new requests are still taken while `/readyz` says no, so that load balancers notice.',
    { max: 120_000 },
  ),
})

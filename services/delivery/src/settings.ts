import {
  adminPort,
  apiTokenSettings,
  common,
  defineSettings,
  duration,
  integer,
  problemOfSecretKeys,
  required,
  secret,
  secretKeySettings,
  sourceSettings,
  string,
  targetSettings,
} from '@millrace/service-kit'

export const settings = defineSettings({
  ...common,
  ...sourceSettings,
  ...apiTokenSettings,
  adminPort: adminPort('delivery', 9084),
  secretKeys: secret('MILLRACE_SECRET_KEYS', required, secretKeySettings.secretKeys.doc, {
    check: problemOfSecretKeys,
  }),
  timeoutMs: duration(
    'DELIVERY_TIMEOUT_SECONDS',
    30_000,
    'Longest time of one try of a delivery: connecting, headers and body together.',
    { unit: 's', min: 1_000, max: 300_000 },
  ),
  ...targetSettings,
  proxyUrl: secret(
    'DELIVERY_PROXY_URL',
    undefined,
    'Egress proxy that deliveries go through (`http://` or `https://`, with user name and password where it wants them), for fixed outgoing addresses. It is asked by CONNECT for addresses that have been judged; `HTTP_PROXY` and the like are never heeded.',
    { check: problemOfProxy },
  ),
  origin: string(
    'DELIVERY_ORIGIN',
    'millrace',
    'DNS name that stands for this installation where an endpoint is asked for its consent (`WebHook-Request-Origin`).',
    { pattern: /^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?$/, takes: 'a DNS name' },
  ),
  endpointConcurrency: integer(
    'DELIVERY_ENDPOINT_CONCURRENCY',
    10,
    'Requests open at the same time to one endpoint that sets no limit of its own, by all processes together.',
    { min: 1, max: 1_000 },
  ),
  endpointPerMinute: integer(
    'DELIVERY_ENDPOINT_PER_MINUTE',
    100,
    'Requests in any minute to one endpoint that sets no limit of its own, by all processes together.',
    { min: 1, max: 100_000 },
  ),
  tenantConcurrency: integer(
    'DELIVERY_TENANT_CONCURRENCY',
    200,
    'Requests open at the same time to all endpoints of a tenant, by all processes together.',
    { min: 1, max: 10_000 },
  ),
  tenantPerMinute: integer(
    'DELIVERY_TENANT_PER_MINUTE',
    10_000,
    'Requests in any minute to all endpoints of a tenant, by all processes together.',
    { min: 1, max: 1_000_000 },
  ),
  concurrency: integer(
    'DELIVERY_CONCURRENCY',
    1_000,
    'Requests open at the same time in one process; endpoints that are slow to answer have half of them.',
    { min: 1, max: 10_000 },
  ),
  delaysDividedBy: integer(
    'DELIVERY_DELAYS_DIVIDED_BY',
    1,
    "Divides the delays of retries, the circuit breaker's, and the times until a delivery expires or an endpoint is disabled: to see in minutes what takes days. Never in production.",
    { min: 1, max: 1_000_000 },
  ),
  maxQueued: integer(
    'DELIVERY_MAX_QUEUED',
    4_000,
    'Deliveries that one process holds in memory: under way, or waiting some seconds for their endpoint.',
    { min: 1, max: 1_000_000 },
  ),
})

function problemOfProxy(text: string): string | undefined {
  const url = URL.parse(text)
  const isProxy = url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === ''
  return isProxy ? undefined : 'it must be http://host:port or https://host:port'
}

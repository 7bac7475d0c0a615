import { listOf } from '@millrace/domain'
import { parseSecretKeys } from '@millrace/signing'
import { boolean, choice, duration, integer, list, port, secret, string, url } from './kinds.ts'
import { countryRule, isCountry, isTimeZone, timeZoneRule } from './places.ts'
import type { Setting } from './setting.ts'

/** Those of the local stack (DESIGN §8). */
const localAdminPorts = {
  gateway: 9080,
  dedup: 9081,
  'conversation-refresh': 9082,
  'knowledge-graph': 9083,
  delivery: 9084,
  poller: 9085,
}

const prefix = { pattern: /^[a-zA-Z0-9._:-]*$/, takes: 'letters, digits, dots, colons, dashes and underscores' }

/** What is wrong with a value of `MILLRACE_SECRET_KEYS`; never its text. */
export function problemOfSecretKeys(keys: string): string | undefined {
  try {
    parseSecretKeys(keys)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** For services that store or read what is encrypted at rest: all of them, once records are. */
export const secretKeySettings = {
  secretKeys: secret(
    'MILLRACE_SECRET_KEYS',
    undefined,
    'Keys that encrypt stored secrets and wrap the data keys of records, `id:base64 of 32 bytes`, separated by commas; the first encrypts, all decrypt.',
    { check: problemOfSecretKeys },
  ),
} as const

/** What every service takes: process, telemetry, Kafka, Redis and encryption. */
export const common = {
  environment: choice(
    'NODE_ENV',
    ['development', 'test', 'production'],
    'development',
    'Kind of installation; `production` refuses what is only safe while developing.',
  ),
  logLevel: choice(
    'LOG_LEVEL',
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    'info',
    'Least severe log lines that are written.',
  ),
  otlpEndpoint: url(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    undefined,
    'OpenTelemetry collector (OTLP over HTTP) for traces, metrics and logs; none are sent when unset. Other `OTEL_*` variables hold as OpenTelemetry defines them.',
  ),
  adminHost: string('ADMIN_HOST', '0.0.0.0', 'Address on which `/livez`, `/readyz` and `/metrics` are served.'),
  shutdownDeadlineMs: duration(
    'SHUTDOWN_DEADLINE_MS',
    25_000,
    'Longest time for finishing work after SIGTERM; then the process ends with exit code 1. Keep it below the grace period of what sends the signal.',
    { min: 100, max: 600_000 },
  ),
  kafkaBrokers: list('KAFKA_BROKERS', ['127.0.0.1:19092'], 'Kafka brokers to begin with.', {
    pattern: /^[^\s:/@]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/,
    takes: 'host:port, or several separated by commas',
    min: 1,
  }),
  kafkaPrefix: string(
    'KAFKA_PREFIX',
    '',
    'Put before every topic, group and transactional id, so that several installations share a cluster.',
    { pattern: /^[a-zA-Z0-9._-]{0,100}$/, takes: 'up to 100 letters, digits, dots, dashes and underscores' },
  ),
  kafkaEventPartitions: integer(
    'KAFKA_EVENT_PARTITIONS',
    12,
    'Partitions of event topics when they are created; the most consumers of one group that share the work.',
    { min: 1, max: 1_000 },
  ),
  kafkaReplication: integer(
    'KAFKA_REPLICATION',
    1,
    'Replicas of topics when they are created; 3 wherever losing a broker must not lose events.',
    { min: 1, max: 9 },
  ),
  kafkaSessionTimeoutMs: duration(
    'KAFKA_SESSION_TIMEOUT_MS',
    10_000,
    'Silence after which the broker gives the partitions of a consumer to others.',
    { min: 1_000, max: 300_000 },
  ),
  kafkaTransactionTimeoutMs: duration(
    'KAFKA_TRANSACTION_TIMEOUT_MS',
    10_000,
    'Age at which the broker aborts an abandoned transaction; readers wait for it.',
    { min: 1_000, max: 300_000 },
  ),
  kafkaTls: boolean('KAFKA_TLS', false, 'Talk to Kafka over TLS.'),
  kafkaSaslMechanism: choice(
    'KAFKA_SASL_MECHANISM',
    ['plain', 'scram-sha-256', 'scram-sha-512'],
    undefined,
    'How to log in to Kafka; no login when unset.',
    {
      check: (mechanism, other) =>
        other('KAFKA_SASL_USERNAME') === undefined || other('KAFKA_SASL_PASSWORD') === undefined
          ? `${mechanism} needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD`
          : undefined,
    },
  ),
  kafkaSaslUsername: string('KAFKA_SASL_USERNAME', undefined, 'User to log in to Kafka as.'),
  kafkaSaslPassword: secret('KAFKA_SASL_PASSWORD', undefined, 'Password to log in to Kafka with.'),
  schemaRegistryUrl: url(
    'SCHEMA_REGISTRY_URL',
    undefined,
    'Confluent-compatible schema registry, up to where `/subjects` begins; values are Avro single-object encoded when unset. `millrace schemas register` fills it.',
  ),
  schemaRegistryUsername: string('SCHEMA_REGISTRY_USERNAME', undefined, 'User to log in to the schema registry as.'),
  schemaRegistryPassword: secret(
    'SCHEMA_REGISTRY_PASSWORD',
    undefined,
    'Password to log in to the schema registry with.',
  ),
  schemaRegistryWrites: choice(
    'SCHEMA_REGISTRY_WRITES',
    ['confluent', 'single-object'],
    'confluent',
    'Encoding that is written with a schema registry; `single-object` until every reader knows the registry. Both are read.',
  ),
  redisUrl: url('REDIS_URL', 'redis://127.0.0.1:16379', 'Redis; it holds only what can be rebuilt from Kafka.', {
    protocols: ['redis', 'rediss'],
  }),
  redisPrefix: string(
    'REDIS_PREFIX',
    '',
    'Put before every Redis key, so that several installations share a Redis.',
    prefix,
  ),
  encryption: boolean(
    'MILLRACE_ENCRYPTION',
    false,
    'Encrypt the values of records about people, in topics, Redis and the console’s database, with a data key for each conversation, contact or node (docs/encryption.md). Encrypted records are read in any case.',
    {
      check: (isOn, other) =>
        isOn && other('MILLRACE_SECRET_KEYS') === undefined ? 'true needs MILLRACE_SECRET_KEYS' : undefined,
    },
  ),
  ...secretKeySettings,
} as const

const checkCountry = (code: string) => (isCountry(code) ? undefined : `${code} ${countryRule.inWords}`)
const checkTimeZone = (zone: string) => (isTimeZone(zone) ? undefined : `${zone} ${timeZoneRule.inWords}`)

/** What proves the webhooks of the default sources, for whoever verifies them. A service that does not has no business knowing. */
export const webhookSecretSettings = {
  webhookSecret: secret(
    'WEBHOOK_SECRET',
    undefined,
    'Secret of the Front application whose webhooks the default source takes.',
  ),
  frontRuleSecret: secret(
    'FRONT_RULE_SECRET',
    undefined,
    'Secret of Front rule webhooks of the default source; `WEBHOOK_SECRET` when unset.',
  ),
  makeWebhookSecret: secret(
    'MAKE_COM_WEBHOOK_SECRET',
    undefined,
    'Secret of the default Make source: the value of `x-make-apikey`, or the key of `X-Make-Signature`.',
  ),
} as const

/** What the API of the default account is called with, for whoever calls it or tells whether it can be. */
export const apiTokenSettings = {
  frontApiToken: secret('FRONT_API_TOKEN', undefined, 'Front API token of the default account.'),
} as const

/** Where webhooks come from. With these, `context.sources` is there, as far as a service knows its secrets. */
export const sourceSettings = {
  sourcesFile: string(
    'MILLRACE_SOURCES',
    undefined,
    'YAML file of tenants, accounts and sources (docs/sources.md), which is followed while the service runs; when unset, the variables below make one Front and one Make source for tenant `default`.',
  ),
  frontApiBaseUrl: url('FRONT_API_BASE_URL', 'https://api2.frontapp.com', 'Front API of the default account.'),
  frontCallsPerMinute: integer(
    'FRONT_API_CALLS_PER_MINUTE',
    50,
    'API calls a minute of the plan of the default account (Front: 50, 100 or 200), for all processes together; less than that leaves calls to other users of the plan.',
    { min: 1, max: 100_000 },
  ),
  country: string(
    'MILLRACE_COUNTRY',
    undefined,
    'Country of the default account (ISO 3166, such as `GB`): texts mean its national phone numbers, dollars and order of dates. Without it those are left out.',
    { pattern: new RegExp(countryRule.pattern), takes: 'two capitals', check: checkCountry },
  ),
  timeZone: string(
    'MILLRACE_TIME_ZONE',
    undefined,
    'Time zone of the default account (IANA, such as `Europe/London`), in which its texts count days; UTC when unset.',
    { pattern: new RegExp(timeZoneRule.pattern), takes: 'a name such as Europe/London', check: checkTimeZone },
  ),
} as const

/** What the HTTP side of webhooks takes besides its sources. */
export const webhookSettings = {
  webhookValidationEnabled: boolean(
    'WEBHOOK_VALIDATION_ENABLED',
    true,
    'Refuse requests whose signature is wrong; false is for trying things out and not taken when NODE_ENV is production.',
    {
      check: (isEnabled, other) =>
        !isEnabled && other('NODE_ENV') === 'production'
          ? 'false is not allowed when NODE_ENV is production'
          : undefined,
    },
  ),
  webhookTimeoutMs: duration(
    'WEBHOOK_TIMEOUT_SECONDS',
    30_000,
    'Longest time that a synchronous request waits for its answer before it gets 408.',
    { unit: 's', min: 1_000, max: 300_000 },
  ),
  webhookBaseUrl: url(
    'WEBHOOK_BASE_URL',
    undefined,
    'Address under which senders reach the gateway, for the URLs it tells people to paste; the poller looks at it every 30 s, for the alerts.',
  ),
} as const

/** Where answers to Make go that are not synchronous. */
export const makeSettings = {
  makeWebhookEndpoint: url(
    'MAKE_COM_WEBHOOK_ENDPOINT',
    undefined,
    'Default target of `send_webhook_response`: the custom webhook of a Make scenario.',
  ),
} as const

const ADDRESS_RANGE = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)(\/\d{1,3})?$/

/** What customers' endpoints may be, for whoever saves or calls them. */
export const targetSettings = {
  allowHttp: boolean('DELIVERY_ALLOW_HTTP', false, 'Take endpoints whose URL is not https.'),
  allowPrivate: boolean(
    'DELIVERY_ALLOW_PRIVATE',
    false,
    'Deliver to private, local and reserved addresses, and to any port. Only for a network without customers.',
  ),
  targetPorts: list('DELIVERY_PORTS', ['443', '8443'], 'Ports that endpoints may have.', {
    pattern: /^\d{1,5}$/,
    takes: 'port numbers separated by commas',
    min: 1,
  }),
  ownRanges: list(
    'DELIVERY_OWN_RANGES',
    [],
    'Addresses of this installation that no endpoint may lead to, beside all that is not public: its own public addresses, cluster networks.',
    {
      pattern: ADDRESS_RANGE,
      takes: 'addresses or CIDR ranges separated by commas',
      check: (ranges) => problemOf(() => listOf(ranges)),
    },
  ),
  dnsServers: list('DELIVERY_DNS_SERVERS', [], "Name servers for endpoints' names; the system's when empty.", {
    pattern: /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:]+\])(:\d{1,5})?$/,
    takes: 'addresses with or without a port, separated by commas',
  }),
  dnsTimeoutMs: duration('DELIVERY_DNS_TIMEOUT_MS', 5_000, "Longest time for resolving an endpoint's name.", {
    min: 100,
    max: 60_000,
  }),
} as const

function problemOf(attempt: () => unknown): string | undefined {
  try {
    attempt()
    return undefined
  } catch {
    return 'one of them is no address or range'
  }
}

/** The console's own database, for whoever looks at it. */
export const databaseSettings = {
  databaseUrl: url(
    'DATABASE_URL',
    undefined,
    'PostgreSQL (14 or later) of the console; an embedded one in CONSOLE_DATA_DIR when unset.',
    { protocols: ['postgres', 'postgresql'] },
  ),
} as const

/** Where the services tell whether they are ready. */
export const readinessSettings = {
  services: list(
    'CONSOLE_SERVICES',
    Object.entries(localAdminPorts).map(([name, port]) => `${name}=http://127.0.0.1:${port}`),
    'Admin servers whose `/readyz` the overview and `millrace doctor` look at, as `name=URL`, separated by commas; several of one name are its replicas.',
    { pattern: /^[a-z][a-z0-9-]{0,62}=https?:\/\/[^\s,@]+$/, takes: 'name=URL, or several separated by commas' },
  ),
} as const

/** The port of a service's admin server: `adminPort('dedup', 9081)` reads `DEDUP_ADMIN_PORT`. */
export function adminPort(service: string, fallback: number): Setting<number> {
  const env = `${service.toUpperCase().replaceAll('-', '_')}_ADMIN_PORT`
  return port(env, fallback, `Port of \`/livez\`, \`/readyz\` and \`/metrics\` of ${service}.`)
}

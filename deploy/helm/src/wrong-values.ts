interface WrongValues {
  /** By path, as `--set-json` takes them. */
  readonly values: Readonly<Record<string, unknown>>
  /** What the message has to name. */
  readonly names: string
  /** Set of values that they are added to. */
  readonly set?: 'minimal' | 'production' | 'external'
}

/** Mistakes that people make; each must be refused with a message that names the value. */
export const wrongValues: readonly WrongValues[] = [
  { values: { 'kafka.brokres': ['kafka:9092'] }, names: 'brokres' },
  { values: { 'kafka.brokers': ['https://kafka'] }, names: '/kafka/brokers/0' },
  { values: { 'kafka.eventPartitions': '12' }, names: '/kafka/eventPartitions' },
  { values: { 'kafka.sasl.mechanism': 'gssapi' }, names: '/kafka/sasl/mechanism' },
  { values: { 'kafka.sasl.mechanism': 'plain' }, names: 'kafka.sasl.secret' },
  { values: { 'redis.url': 'http://redis' }, names: '/redis/url' },
  { values: { 'redis.url': 'redis://:password@redis' }, names: '/redis/url' },
  { values: { 'services.gateway.replicas': 'many' }, names: '/services/gateway/replicas' },
  { values: { 'services.gatewya': {} }, names: 'gatewya' },
  {
    values: { 'services.dedup.terminationGracePeriodSeconds': 10 },
    names: '/services/dedup/terminationGracePeriodSeconds',
  },
  { values: { 'services.dedup.scaling.max': 50 }, names: 'services.dedup.scaling.max' },
  { values: { 'services.console.replicas': 2 }, names: 'services.console.replicas' },
  { values: { 'env.lower_case': 'x' }, names: "at '/env': additional properties 'lower_case' not allowed" },
  { values: { 'autoscaling.kind': 'vpa' }, names: '/autoscaling/kind' },
  { values: { 'ingress.kind': 'gateway-api', 'ingress.gatewayHost': 'a.example.com' }, names: 'ingress.parentRefs' },
  { values: { 'networkPolicy.deniedCidrs': ['10.0.0.1'] }, names: '/networkPolicy/deniedCidrs/0' },
  { values: { 'networkPolicy.backends': [] }, names: '/networkPolicy/backends' },
  { values: { 'networkPolicy.backends.kafak': [] }, names: 'kafak' },
  {
    values: { 'services.dedup.env.SHUTDOWN_DEADLINE_MS': '2m' },
    names: 'services.dedup.terminationGracePeriodSeconds',
  },
  { values: { 'services.dedup.scaling.min': 13 }, names: 'services.dedup.scaling.max' },
  { values: { 'services.handlers.enabled': true }, names: 'services.handlers.env.HANDLERS_FILES' },
  { values: { 'services.handlers.image': 'team/handlers' }, names: '/services/handlers/image' },
  { values: { 'trustedCas.secret': 'a', 'trustedCas.configMap': 'b' }, names: 'trustedCas.configMap' },
  { values: { 'kafka.tls': false }, names: 'kafka.tls', set: 'production' },
  { values: { 'kafka.sasl.mechanism': '' }, names: 'kafka.sasl.mechanism', set: 'production' },
  { values: { 'encryption.mode': 'none' }, names: 'encryption.mode', set: 'production' },
  { values: { 'kafka.sasl.secret': 'kafka' }, names: 'kafka.sasl.userPrefix', set: 'production' },
  { values: { 'networkPolicy.backends.postgres': [] }, names: 'networkPolicy.backends.postgres', set: 'production' },
  { values: { 'networkPolicy.ingress': [] }, names: 'networkPolicy.ingress: production', set: 'production' },
  { values: { 'schemaRegistry.url': 'http://registry' }, names: 'schemaRegistry.url', set: 'production' },
  { values: { 'kafka.replication': 1 }, names: 'kafka.replication', set: 'production' },
  { values: { 'redis.secret': '' }, names: 'redis.url', set: 'production' },
  { values: { 'postgres.secret': '', 'services.console.replicas': 1 }, names: 'postgres.secret', set: 'production' },
  { values: { 'secrets.existing': '' }, names: 'secrets.existing', set: 'production' },
  { values: { 'ingress.tlsSecret': '' }, names: 'ingress.tlsSecret', set: 'production' },
  { values: { 'networkPolicy.enabled': false }, names: 'networkPolicy.enabled: production', set: 'production' },
  {
    values: { 'ingress.kind': 'none', 'networkPolicy.ingress': [] },
    names: 'networkPolicy.ingress: production',
    set: 'production',
  },
  {
    values: { 'ingress.tlsSecret': '', 'ingress.gatewayHost': '' },
    names: 'ingress.tlsSecret: production needs a certificate for ingress.consoleHost, millrace.example.com',
    set: 'production',
  },
  {
    values: { 'ingress.tlsSecret': '', 'ingress.gatewayHost': '', 'ingress.consoleHost': '' },
    names: 'ingress.tlsSecret: production needs a certificate for ingress.mcpHost, mcp.example.com',
    set: 'production',
  },
  {
    values: { webhookBaseUrl: 'http://hooks.example.com' },
    names: 'webhookBaseUrl: production needs TLS',
    set: 'production',
  },
  {
    values: { 'secrets.values.WEBHOOK_SECRET': 'x' },
    names: 'secrets.values: secrets.existing is set too',
    set: 'production',
  },
  { values: { 'ingress.kind': 'ingress' }, names: 'ingress.gatewayHost: ingress.kind is ingress and no host is given' },
  {
    values: { 'ingress.kind': 'ingress', 'ingress.mcpHost': 'mcp.example.com' },
    names: 'ingress.mcpHost: mcp is not deployed; set services.mcp.enabled=true',
  },
  {
    values: { 'services.gateway.env.WEBHOOK_SECRET': 'x' },
    names: 'services.gateway.env.WEBHOOK_SECRET: values are no place for secrets',
    set: 'production',
  },
  { values: { 'env.FRONT_API_TOKEN': 'x' }, names: 'env.FRONT_API_TOKEN: values are no place for secrets' },
  {
    values: { 'services.delivery.env.DELIVERY_PROXY_URL': 'http://u:p@proxy:3128' },
    names: 'list it in services.delivery.secrets',
  },
  {
    values: { 'services.dedup.env.NODE_ENV': 'development' },
    names: 'services.dedup.env.NODE_ENV: the chart sets it; use environment',
    set: 'production',
  },
  {
    values: { 'services.dedup.env.KAFKA_BROKERS': 'other:9092' },
    names: 'services.dedup.env.KAFKA_BROKERS: the chart sets it; use kafka.brokers',
    set: 'production',
  },
  { values: { 'env.REDIS_URL': 'redis://redis' }, names: 'env.REDIS_URL: the chart sets it; use redis.url' },
  {
    values: { 'services.gateway.env.GATEWAY_PORT': 9000 },
    names: 'services.gateway.env.GATEWAY_PORT: probes and Services go by',
  },
  {
    values: { 'env.MILLRACE_SOURCES': '/a.yaml' },
    names: 'env.MILLRACE_SOURCES: the chart sets it to what stands in sources',
    set: 'production',
  },
  {
    values: { 'networkPolicy.backends.proxy': [{ ipBlock: { cidr: '10.1.0.0/16' } }] },
    names: 'networkPolicy.backends.provider: with networkPolicy.backends.proxy',
    set: 'production',
  },
  { values: { 'networkPolicy.ports.schemaRegistry': 0 }, names: '/networkPolicy/ports/schemaRegistry' },
  {
    values: { 'services.dedup.env.lower_case': 'x' },
    names: "at '/services/dedup/env': additional properties 'lower_case' not allowed",
  },
  {
    values: { 'secrets.values.lower_case': 'x' },
    names: "at '/secrets/values': additional properties 'lower_case' not allowed",
  },
  { values: { 'services.dedup.resources.requests.cpu': 'banana' }, names: '/services/dedup/resources/requests/cpu' },
  { values: { 'services.dedup.resources.limits.memory': '1Gb' }, names: '/services/dedup/resources/limits/memory' },
  { values: { 'toolbox.resources.limits.memory': 'much' }, names: '/toolbox/resources/limits/memory' },
  { values: { 'services.dedup.resources.requests.memroy': '1Gi' }, names: 'memroy' },
  { values: { 'ingress.gatewayHost': 'https://hooks.example.com' }, names: '/ingress/gatewayHost', set: 'production' },
  { values: { 'ingress.consoleHost': 'millrace.example.com/console' }, names: '/ingress/consoleHost' },
  { values: { 'services.gateway.port': 8001 }, names: '/services/gateway/port' },
  { values: { 'services.dedup.port': 8001 }, names: '/services/dedup/port' },
  { values: { 'services.dedup.adminPort': 9999 }, names: '/services/dedup/adminPort' },
  { values: { 'sources.acounts': [] }, names: 'acounts', set: 'production' },
  {
    values: {
      'sources.sources': [{ name: 'front-acme', provider: 'frnt', secrets: [{ secret: 'a' }] }],
    },
    names: 'sources.sources[0].provider: frnt is neither built in',
    set: 'production',
  },
  {
    values: { 'sources.sources': [{ name: 'front-acme', provider: 'front', secrets: [{ sceret: 'a' }] }] },
    names: '/sources/sources/0/secrets/0',
    set: 'production',
  },
  {
    values: {
      'sources.accounts': [{ name: 'amce', tenant: 'acme' }],
      'sources.sources': [{ name: 'a', tenant: 't', account: 'acme', provider: 'front', secrets: [{ secret: 'a' }] }],
    },
    names: 'sources.sources[0].account: acme is no entry',
    set: 'production',
  },
  { values: { sources: { accounts: [{ name: 'acme' }] } }, names: 'sources.sources: a sources file names' },
  { values: { 'env.DELIVERY_ALOW_HTTP': 'true' }, names: 'env.DELIVERY_ALOW_HTTP: there is no such setting' },
  {
    values: { 'services.dedup.env.DELIVERY_ALLOW_HTTP': 'true' },
    names: 'services.dedup.env.DELIVERY_ALLOW_HTTP: dedup does not read it',
  },
  { values: { 'env.LOG_LEVEL': 'verbos' }, names: 'env.LOG_LEVEL: verbos must be one of trace, debug' },
  { values: { 'env.DELIVERY_ALLOW_PRIVATE': 'maybe' }, names: 'env.DELIVERY_ALLOW_PRIVATE: maybe must be true or' },
  {
    values: { 'services.delivery.env.DELIVERY_ALLOW_PRIVATE': true },
    names: 'services.delivery.env.DELIVERY_ALLOW_PRIVATE: true is not for production',
    set: 'production',
  },
  {
    values: { 'env.WEBHOOK_VALIDATION_ENABLED': 'false' },
    names: 'env.WEBHOOK_VALIDATION_ENABLED: false is not for production',
    set: 'production',
  },
  { values: { 'services.gateway.env.GATEWAY_DRAIN_MS': '20s' }, names: 'services.gateway.env.GATEWAY_DRAIN_MS: 20 s' },
  { values: { 'env.CONSOLE_DRAIN_MS': 60_000, 'services.console.env': null }, names: 'CONSOLE_DRAIN_MS: 60 s' },
  { values: { webhookBaseUrl: '' }, names: 'webhookBaseUrl: production says', set: 'production' },
  { values: { 'networkPolicy.monitoring': [] }, names: 'networkPolicy.monitoring: telemetry', set: 'production' },
  { values: { 'image.tag': 'latest' }, names: 'image.tag: production names a version', set: 'production' },
  {
    values: { 'services.handlers.image': 'registry.example.com/team/handlers:latest' },
    names: 'services.handlers.image: production names a version',
    set: 'external',
  },
  { values: { 'networkPolicy.deniedCidrs': ['999.1.1.1/99'] }, names: '/networkPolicy/deniedCidrs/0' },
  { values: { 'networkPolicy.deniedCidrs': ['2001:db8::/129'] }, names: '/networkPolicy/deniedCidrs/0' },
  {
    values: { 'networkPolicy.ingress': [{ ipBlock: { cidr: '10.0.0.0/40' } }] },
    names: '/networkPolicy/ingress/0/ipBlock/cidr',
  },
  { values: { 'toolbox.openFor': '3d' }, names: '/toolbox/openFor' },
]

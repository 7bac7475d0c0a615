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
  { values: { 'env.lower_case': 'x' }, names: 'lower_case' },
  { values: { 'autoscaling.kind': 'vpa' }, names: '/autoscaling/kind' },
  { values: { 'ingress.kind': 'gateway-api' }, names: 'ingress.parentRefs' },
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
  { values: { 'kafka.sasl.secret': 'kafka' }, names: 'kafka.sasl.userPrefix', set: 'production' },
  { values: { 'networkPolicy.backends.postgres': [] }, names: 'networkPolicy.backends.postgres', set: 'production' },
  { values: { 'networkPolicy.ingress': [] }, names: 'networkPolicy.ingress', set: 'production' },
  { values: { 'schemaRegistry.url': 'http://registry' }, names: 'schemaRegistry.url', set: 'production' },
  { values: { 'kafka.replication': 1 }, names: 'kafka.replication', set: 'production' },
  { values: { 'redis.secret': '' }, names: 'redis.url', set: 'production' },
  { values: { 'postgres.secret': '', 'services.console.replicas': 1 }, names: 'postgres.secret', set: 'production' },
  { values: { 'secrets.existing': '' }, names: 'secrets.existing', set: 'production' },
  { values: { 'ingress.tlsSecret': '' }, names: 'ingress.tlsSecret', set: 'production' },
]

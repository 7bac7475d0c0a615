import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Report, root } from '@millrace/local'
import { parse, parseAllDocuments } from 'yaml'
import { at, type Rendered } from './facts.ts'
import { letsOut } from './network.ts'
import { output } from './tools.ts'

interface Variant {
  readonly what: string
  readonly set: 'minimal' | 'production' | 'external'
  /** By path, as `--set-json` takes them. */
  readonly values: Readonly<Record<string, unknown>>
  /** One sentence for each thing that does not hold of what is rendered. */
  readonly broken: (objects: readonly Rendered[]) => readonly string[]
}

const namespace = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } })
const block = (cidr: string) => ({ ipBlock: { cidr } })
/** What stands for a variable in the texts of sources. */
const REFERENCE = ['$', '{A_TENANT}'].join('')
const A_PUBLIC_ADDRESS = '151.101.1.69'
const registry = { 'schemaRegistry.url': 'https://registry.kafka.svc/' }
const proxied = {
  'networkPolicy.backends.proxy': [namespace('proxies')],
  'networkPolicy.backends.provider': [block('35.1.2.0/24')],
}

/** What values beside the three sets must come to. */
const variants: readonly Variant[] = [
  {
    what: 'the registry’s pods listen on another port than its Service',
    set: 'production',
    values: { ...registry, 'networkPolicy.ports.schemaRegistry': 8443 },
    broken: (objects) => [
      ...lacks(objects, ['dedup', 'schemas', 'doctor'], 8443, namespace('kafka')),
      ...has(objects, ['dedup', 'schemas'], 443, namespace('kafka')),
    ],
  },
  {
    what: 'the registry’s pods listen on the port of its URL',
    set: 'production',
    values: registry,
    broken: (objects) => lacks(objects, ['dedup', 'schemas'], 443, namespace('kafka')),
  },
  {
    what: 'the collector’s pods listen on another port than its Service',
    set: 'production',
    values: { 'telemetry.otlpEndpoint': 'http://otel.monitoring', 'networkPolicy.ports.collector': 4318 },
    broken: (objects) => lacks(objects, ['gateway', 'mcp'], 4318, namespace('monitoring')),
  },
  {
    what: 'a visible URL of Redis tells its port',
    set: 'minimal',
    values: { 'redis.url': 'redis://redis:6390' },
    broken: (objects) => [
      ...lacks(objects, ['gateway', 'topics'], 6390, { namespaceSelector: {} }),
      ...has(objects, ['gateway', 'topics'], 6379, { namespaceSelector: {} }),
    ],
  },
  {
    what: 'a URL of Redis without a port',
    set: 'minimal',
    values: { 'redis.url': 'redis://redis' },
    broken: (objects) => lacks(objects, ['gateway'], 6379, { namespaceSelector: {} }),
  },
  {
    what: 'an egress proxy',
    set: 'production',
    values: proxied,
    broken: (objects) => [
      ...lacks(objects, ['delivery'], 3128, namespace('proxies')),
      ...lacks(objects, ['delivery', 'poller'], 443, block('35.1.2.0/24')),
      ...has(objects, ['poller', 'gateway'], 3128, namespace('proxies')),
      ...[443, 8443]
        .filter((port) => letsOut(rulesOf(objects, 'delivery'), A_PUBLIC_ADDRESS, port))
        .map((port) => `delivery reaches ${A_PUBLIC_ADDRESS} on ${port} past the proxy`),
    ],
  },
  {
    what: 'the way to webhookBaseUrl ends at the ingress’ pods',
    set: 'production',
    values: {},
    broken: (objects) => [
      ...lacks(objects, ['poller', 'doctor', 'toolbox'], 443, namespace('ingress-nginx')),
      ...has(objects, ['dedup', 'delivery', 'console'], 443, namespace('ingress-nginx')),
    ],
  },
  {
    what: 'the ingress’ pods listen on a port of their own, at named addresses',
    set: 'production',
    values: { 'networkPolicy.publicGateway': [block('10.9.0.0/16')], 'networkPolicy.ports.publicGateway': [10443] },
    broken: (objects) => lacks(objects, ['poller', 'doctor', 'toolbox'], 10_443, block('10.9.0.0/16')),
  },
  {
    what: 'every field of sources, as the example in docs has them',
    set: 'external',
    values: { sources: parse(readFileSync(join(root, 'docs/sources.example.yaml'), 'utf8')) },
    broken: (objects) => (hasConfigMap(objects, 'sources-webhooks') ? [] : ['there is no file of sources']),
  },
  {
    what: 'references in the texts of sources, settings that they name, names that Node and OpenTelemetry read',
    set: 'minimal',
    values: {
      'sources.sources': [{ name: 'a', tenant: REFERENCE, provider: 'front', secrets: [{ secret: 'a' }] }],
      env: { A_TENANT: 'acme', OTEL_SERVICE_NAMESPACE: 'a', NODE_OPTIONS: '--max-old-space-size=400' },
      'services.handlers': { enabled: true, env: { HANDLERS_FILES: '/a.js', OUR_OWN: 'x' } },
    },
    broken: (objects) => (hasConfigMap(objects, 'sources-webhooks') ? [] : ['there is no file of sources']),
  },
  {
    what: 'numbers, times, sizes and ranges in each form that is right',
    set: 'minimal',
    values: {
      env: { SHUTDOWN_DEADLINE_MS: 25_000, DELIVERY_ALLOW_PRIVATE: true, KAFKA_SESSION_TIMEOUT_MS: '10s' },
      'services.gateway.env.GATEWAY_DRAIN_MS': '12500ms',
      'services.dedup.resources': {
        requests: { cpu: 0.5, memory: 268_435_456 },
        limits: { cpu: '1500m', memory: '1.5Gi' },
      },
      'networkPolicy.deniedCidrs': ['203.0.114.0/24', '2001:4860:1::/48', '2000::/3', '255.255.255.255/32'],
    },
    broken: () => [],
  },
  {
    what: 'runbooks of the chart’s version',
    set: 'production',
    values: {},
    broken: (objects) => wrongRunbooks(objects, 'https://github.com/millrace/millrace/blob/v0.1.0/deploy/runbooks/'),
  },
  {
    what: 'runbooks elsewhere',
    set: 'production',
    values: { 'telemetry.runbookUrl': 'https://wiki.example.com/runbooks' },
    broken: (objects) => wrongRunbooks(objects, 'https://wiki.example.com/runbooks/'),
  },
  {
    what: 'annotations of one ingress alone',
    set: 'production',
    values: {
      'ingress.annotations': { a: 'of all', b: 'of all' },
      'ingress.annotationsOf.console': { a: 'its own', c: 'its own' },
    },
    broken: (objects) => [
      ...wrongAnnotations(objects, 'console', { a: 'its own', b: 'of all', c: 'its own' }),
      ...wrongAnnotations(objects, 'gateway', { a: 'of all', b: 'of all' }),
    ],
  },
]

/** Renders each variant and asks it for what does not hold. */
export async function checkVariants(helm: string, chart: string, report: Report): Promise<void> {
  for (const { what, set, values, broken } of variants) {
    const flags = Object.entries(values).flatMap(([name, value]) => ['--set-json', `${name}=${JSON.stringify(value)}`])
    const file = join(chart, 'ci', `${set}.yaml`)
    const { code, text, errors } = await output(helm, ['template', 'millrace', chart, '-f', file, ...flags])
    const objects = parseAllDocuments(text).flatMap((document) => (document.toJSON() as Rendered | null) ?? [])
    const found = code === 0 ? broken(objects) : [errors.slice(0, 500)]
    for (const one of found) report.note(`${what}: ${one}`)
    report.figure(`${what}: what does not hold`, found.length, { exactly: 0 })
  }
}

const hasConfigMap = (objects: readonly Rendered[], name: string): boolean =>
  objects.some(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === `millrace-${name}`)

function wrongRunbooks(objects: readonly Rendered[], base: string): string[] {
  const rules = JSON.stringify(objects.filter(({ kind }) => kind === 'PrometheusRule'))
  const urls = Array.from(rules.matchAll(/"runbook_url":"([^"]*)"/g), ([, url = '']) => url)
  if (urls.length < 40) return [`${urls.length} alerts name a runbook`]
  if (JSON.stringify(objects).includes('/blob/main/deploy/runbooks')) return ['something leads to the main branch']
  return urls.filter((url) => !/^[a-z-]+\.md$/.test(url.replace(base, ''))).map((url) => `${url} is not under ${base}`)
}

/** `expected` beside what the set itself gives all of them. */
function wrongAnnotations(
  objects: readonly Rendered[],
  name: string,
  expected: Readonly<Record<string, string>>,
): string[] {
  const found = objects.find(({ kind, metadata }) => kind === 'Ingress' && metadata.name === `millrace-${name}`)
  const own = Object.entries(found?.metadata.annotations ?? {}).filter(([key]) => !key.includes('/'))
  const isRight = JSON.stringify(own.sort()) === JSON.stringify(Object.entries(expected).sort())
  return isRight ? [] : [`the ingress of ${name} has ${JSON.stringify(own)}`]
}

type Egress = Parameters<typeof letsOut>[0]

function rulesOf(objects: readonly Rendered[], name: string): Egress {
  const policy = objects.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === `millrace-${name}`)
  return (at(policy, 'spec.egress') ?? []) as Egress
}

const opens = (rules: Egress, port: number, peer: object): boolean =>
  rules.some(
    ({ ports = [], to = [] }) =>
      ports.some((one) => one.port === port) && to.some((one) => JSON.stringify(one) === JSON.stringify(peer)),
  )

const lacks = (objects: readonly Rendered[], names: readonly string[], port: number, peer: object): string[] =>
  names
    .filter((name) => !opens(rulesOf(objects, name), port, peer))
    .map((name) => `${name} does not reach ${JSON.stringify(peer)} on ${port}`)

const has = (objects: readonly Rendered[], names: readonly string[], port: number, peer: object): string[] =>
  names
    .filter((name) => opens(rulesOf(objects, name), port, peer))
    .map((name) => `${name} reaches ${JSON.stringify(peer)} on ${port}`)

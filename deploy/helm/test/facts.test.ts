import { expect, test } from 'vitest'
import { brokenFacts, type Rendered } from '../src/facts.ts'
import { letsOut } from '../src/network.ts'

const down = { stabilizationWindowSeconds: 600, policies: [{ type: 'Pods', value: 1, periodSeconds: 300 }] }
const lag = { type: 'kafka', metadata: { topic: 'webhooks.received.v1', consumerGroup: 'dedup' } }
const age = { type: 'prometheus', metadata: { query: 'max(millrace_consumer_age{job="dedup"})' } }
const spec = {
  maxReplicaCount: 12,
  triggers: [lag, age],
  advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleDown: down } } },
}
const scaled = (changed: object) => ({
  kind: 'ScaledObject',
  metadata: { name: 'a-dedup' },
  spec: { ...spec, ...changed },
})
const options = { settings: new Set(['REDIS_URL', 'MILLRACE_CONSOLE_URL']), partitions: 12 }
const told = (...objects: Rendered[]) => brokenFacts(objects, options).join('\n')

test('a consumer that scales by lag and age, up to its partitions, slowly down, has no finding', () => {
  expect(told(scaled({}))).not.toContain('ScaledObject')
})

test.for([
  [{ maxReplicaCount: 13 }, 'grows beyond 12 partitions'],
  [{ triggers: [lag] }, 'does not look at the oldest record'],
  [
    { triggers: [age, { type: 'kafka', metadata: { topic: 'webhooks.events.v1', consumerGroup: 'dedup' } }] },
    'does not read',
  ],
  [{ triggers: [{ type: 'cpu' }] }, 'does not look at the p99'],
  [{ advanced: {} }, 'takes pods away before 600 s of calm'],
] as const)('%j: %s', ([changed, finding]) => {
  expect(told(scaled(changed))).toContain(finding)
})

test('a variable that nothing reads, or that stands there twice, is named', () => {
  const env = [{ name: 'REDIS_URL' }, { name: 'REDIS_URL' }, { name: 'MCP_CONSOLE_URL' }, { name: 'OTEL_SERVICE_NAME' }]
  const pod = { kind: 'Pod', metadata: { name: 'a' }, spec: { containers: [{ env }] } }
  const found = told(pod)
  expect(found).toContain('Pod a: nothing reads MCP_CONSOLE_URL')
  expect(found).toContain('Pod a: REDIS_URL stands there twice')
  expect(found).not.toContain('OTEL')
})

test('a deployment without its company, and networks that are open, are named', () => {
  const rule = { ports: [{ port: 443 }], to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }] }
  const delivery = { kind: 'NetworkPolicy', metadata: { name: 'a-delivery' }, spec: { egress: [rule, {}] } }
  const found = told({ kind: 'Deployment', metadata: { name: 'a-delivery' } }, delivery)
  expect(found).toContain('Deployment a-delivery has no Service')
  expect(found).toContain('delivery reaches 169.254.169.254')
  expect(found).toContain('lets something out to anywhere')
})

test('an exception shuts what its range holds', () => {
  const rule = { to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }] }
  expect(letsOut([rule], '10.1.2.3', 443)).toBe(false)
  expect(letsOut([rule], '11.1.2.3', 443)).toBe(true)
  expect(letsOut([{ ...rule, ports: [{ port: 8443 }] }], '11.1.2.3', 443)).toBe(false)
})

test('hooks run topics before schemas before migrations', () => {
  const hook = (kind: string, name: string, weight: string) => ({
    kind,
    metadata: { name, annotations: { 'helm.sh/hook': 'pre-install,pre-upgrade', 'helm.sh/hook-weight': weight } },
  })
  const networks = ['topics', 'schemas'].map((name) => hook('NetworkPolicy', `a-${name}`, '-20'))
  expect(told(hook('Job', 'a-topics', '-10'), hook('Job', 'a-schemas', '-8'), ...networks)).not.toContain('hooks')
  expect(told(hook('Job', 'a-topics', '-6'), hook('Job', 'a-schemas', '-8'), ...networks)).toContain(
    'run in the order schemas, topics',
  )
})

const own = { 'app.kubernetes.io/component': 'toolbox' }
const toolbox = (env: readonly object[], changed: object = {}) => ({
  kind: 'CronJob',
  metadata: { name: 'a-toolbox' },
  spec: {
    suspend: true,
    jobTemplate: {
      spec: {
        ttlSecondsAfterFinished: 30,
        activeDeadlineSeconds: 3_600,
        template: { metadata: { labels: own }, spec: { serviceAccountName: 'a-toolbox', containers: [{ env }] } },
      },
    },
    ...changed,
  },
})
const network = (name: string, from: readonly object[]) => ({
  kind: 'NetworkPolicy',
  metadata: { name },
  spec: { ingress: [{ from }] },
})
const company = [
  { kind: 'ServiceAccount', metadata: { name: 'a-toolbox' } },
  network('a-toolbox', []),
  network('a-console', [{ podSelector: { matchLabels: own } }]),
  network('a-gateway', [{ podSelector: { matchLabels: own } }]),
]
const consoleUrl = { name: 'MILLRACE_CONSOLE_URL' }

test('a toolbox that people open, that ends, and that the console lets in has no finding', () => {
  expect(told(toolbox([consoleUrl]), ...company)).not.toContain('oolbox')
})

test('a toolbox that runs by itself, holds too much, or that nothing lets in, is named', () => {
  expect(told()).toContain('there is no toolbox')
  expect(told(toolbox([consoleUrl], { suspend: false }), ...company)).toContain('a-toolbox runs by itself')
  expect(told(toolbox([]), ...company)).toContain('writes topics itself')
  expect(told(toolbox([consoleUrl, { name: 'DATABASE_URL' }]), ...company)).toContain('opens the whole console')
  const shut = company.map((one) => (one.metadata.name === 'a-console' ? network('a-console', [{ ipBlock: {} }]) : one))
  expect(told(toolbox([consoleUrl]), ...shut)).toContain('is not let in by the console')
})

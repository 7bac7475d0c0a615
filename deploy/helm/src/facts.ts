import { topics } from '@millrace/schemas'
import { FORBIDDEN, letsOut, PUBLIC } from './network.ts'

/** A rendered object, looked at by paths. */
export interface Rendered {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly [part: string]: unknown
}

export interface FactOptions {
  /** Variables that services read, from the settings' page. */
  readonly settings: ReadonlySet<string>
  readonly partitions: number
  /** Ranges of the installation that no endpoint may lead to. */
  readonly deniedAddresses?: readonly string[]
}

/** Names that Node and OpenTelemetry read themselves. */
const FOREIGN = /^(NODE_EXTRA_CA_CERTS|OTEL_[A-Z_]+)$/
const OF_EACH = ['Service', 'ServiceAccount', 'PodDisruptionBudget', 'NetworkPolicy']
/** A change of a consumer group stops its members for a moment. */
const CALM_SECONDS = 600
const BETWEEN_SECONDS = 300

/** What must hold of a rendered set of values, beside schemas and the policy. One sentence for each that does not. */
export function brokenFacts(objects: readonly Rendered[], options: FactOptions): string[] {
  const find = (kind: string, name: string) => objects.find((one) => one.kind === kind && one.metadata.name === name)
  const deployments = objects.filter(({ kind }) => kind === 'Deployment')
  return [
    ...deployments.flatMap(({ metadata: { name } }) =>
      OF_EACH.filter((kind) => find(kind, name) === undefined).map((kind) => `Deployment ${name} has no ${kind}`),
    ),
    ...objects.flatMap((object) => environmentFacts(object, objects, options.settings)),
    ...objects.filter(({ kind }) => kind === 'ScaledObject').flatMap((one) => scaledFacts(one, options.partitions)),
    ...objects.filter(({ kind }) => kind === 'ScaledObject' || kind === 'HorizontalPodAutoscaler').flatMap(calmFacts),
    ...networkFacts(objects, options.deniedAddresses ?? []),
    ...hookFacts(objects),
    ...toolboxFacts(objects),
  ]
}

/** Each variable is one that a service reads, and stands there once. */
function environmentFacts(object: Rendered, all: readonly Rendered[], settings: ReadonlySet<string>): string[] {
  const containers = list(at(podOf(object), 'containers'))
  const sources = all.filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.includes('-sources-'))
  const referred = new Set(Array.from(JSON.stringify(sources).matchAll(/\$\{([A-Z0-9_]+)\}/g), ([, name = '']) => name))
  return containers.flatMap((container) => {
    const names = list(at(container, 'env')).map((one) => String(at(one, 'name')))
    const unread = names.filter((name) => !settings.has(name) && !referred.has(name) && !FOREIGN.test(name))
    const twice = names.filter((name, index) => names.indexOf(name) !== index)
    const owner = `${object.kind} ${object.metadata.name}`
    return [
      ...unread.map((name) => `${owner}: nothing reads ${name}`),
      ...twice.map((name) => `${owner}: ${name} stands there twice`),
    ]
  })
}

/** Consumers scale by the lag of each of their topics and by the age of the oldest record, up to the partitions. */
function scaledFacts(object: Rendered, partitions: number): string[] {
  const { name } = object.metadata
  const triggers = list(at(object, 'spec.triggers'))
  const lags = triggers.filter((trigger) => at(trigger, 'type') === 'kafka')
  const queries = triggers.map((trigger) => String(at(trigger, 'metadata.query') ?? ''))
  if (lags.length === 0)
    return holdsAll(`ScaledObject ${name}`, [
      [triggers.some((trigger) => at(trigger, 'type') === 'cpu'), 'looks neither at lag nor at processor time'],
      [queries.some((query) => query.includes('histogram_quantile(0.99')), 'does not look at the p99'],
    ])
  const known = Object.values(topics)
  const unknown = lags.filter((trigger) => {
    const { topic, consumerGroup } = (at(trigger, 'metadata') ?? {}) as { topic?: string; consumerGroup?: string }
    const found = known.find((one) => topic?.endsWith(one.name))
    return !found?.groups.some((group) => consumerGroup?.endsWith(group))
  })
  return holdsAll(`ScaledObject ${name}`, [
    [unknown.length === 0, 'looks at a group that does not read the topic'],
    [queries.some((query) => query.includes('max(millrace_consumer_age{')), 'does not look at the oldest record'],
    [Number(at(object, 'spec.maxReplicaCount')) <= partitions, `grows beyond ${partitions} partitions`],
  ])
}

/** Pods go one at a time after a long calm. */
function calmFacts(object: Rendered): string[] {
  const down = at(
    object,
    object.kind === 'ScaledObject'
      ? 'spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown'
      : 'spec.behavior.scaleDown',
  )
  const policies = list(at(down, 'policies'))
  const isSlow =
    policies.length > 0 &&
    policies.every(
      (one) =>
        at(one, 'type') === 'Pods' && at(one, 'value') === 1 && Number(at(one, 'periodSeconds')) >= BETWEEN_SECONDS,
    )
  return holdsAll(`${object.kind} ${object.metadata.name}`, [
    [
      Number(at(down, 'stabilizationWindowSeconds')) >= CALM_SECONDS,
      `takes pods away before ${CALM_SECONDS} s of calm`,
    ],
    [isSlow, `takes more than one pod away in ${BETWEEN_SECONDS} s`],
  ])
}

function networkFacts(objects: readonly Rendered[], denied: readonly string[]): string[] {
  const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy')
  const delivery = policies.find(({ metadata }) => metadata.name.endsWith('-delivery'))
  const egress = list(at(delivery, 'spec.egress')) as Parameters<typeof letsOut>[0]
  const open = [...FORBIDDEN, ...denied].filter((address) =>
    [53, 80, 443, 8443].some((port) => letsOut(egress, address, port)),
  )
  const shut = PUBLIC.filter((address) => !letsOut(egress, address, 443))
  const console_ = policies.find(({ metadata }) => metadata.name.endsWith('-console'))
  const ingress = list(at(console_, 'spec.ingress'))
  return [
    ...open.map((address) => `delivery reaches ${address}`),
    ...shut.map((address) => `delivery does not reach ${address}`),
    ...(delivery === undefined ? ['delivery has no NetworkPolicy'] : []),
    ...(ingress.length > 0 ? [] : ['console has no rule of ingress']),
    ...policies.flatMap((policy) =>
      list(at(policy, 'spec.egress'))
        .filter((rule) => at(rule, 'to') === undefined)
        .map(() => `NetworkPolicy ${policy.metadata.name} lets something out to anywhere`),
    ),
  ]
}

/** Topics before schemas before tables, each before anything else, and their networks before them. */
function hookFacts(objects: readonly Rendered[]): string[] {
  const hooks = objects.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook']?.includes('pre-'))
  const weight = (object: Rendered) => Number(object.metadata.annotations?.['helm.sh/hook-weight'])
  const jobs = hooks.filter(({ kind }) => kind === 'Job').sort((a, b) => weight(a) - weight(b))
  const order = jobs.map(({ metadata }) => metadata.name.split('-').at(-1))
  const expected = ['topics', 'schemas', 'migrations'].filter((name) => order.includes(name))
  const networks = hooks.filter(({ kind }) => kind === 'NetworkPolicy')
  return holdsAll('hooks', [
    [order.includes('topics'), 'do not create topics'],
    [order.join() === expected.join(), `run in the order ${order.join(', ')}`],
    [
      jobs.every(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === 'pre-install,pre-upgrade'),
      'do not run before both',
    ],
    [
      networks.length === jobs.length && networks.every((one) => jobs.every((job) => weight(one) < weight(job))),
      'run before their networks',
    ],
  ])
}

/** What operators have in place of a shell: made by them alone, gone by itself, with a network and without what opens everything. */
function toolboxFacts(objects: readonly Rendered[]): string[] {
  const job = objects.find(({ kind, metadata }) => kind === 'CronJob' && metadata.name.endsWith('-toolbox'))
  if (job === undefined) return ['there is no toolbox']
  const { name } = job.metadata
  const spec = at(job, 'spec.jobTemplate.spec')
  const labels = at(spec, 'template.metadata.labels') as Readonly<Record<string, string>>
  const names = list(at(podOf(job), 'containers.0.env')).map((one) => at(one, 'name'))
  const reached = objects.filter((one) => one.kind === 'NetworkPolicy' && admits(one, labels))
  const has = (kind: string) => objects.some((one) => one.kind === kind && one.metadata.name === name)
  return holdsAll(`CronJob ${name}`, [
    [at(job, 'spec.suspend') === true, 'runs by itself'],
    [Number(at(spec, 'ttlSecondsAfterFinished')) <= 300, 'stays when it has ended'],
    [Number(at(spec, 'activeDeadlineSeconds')) <= 90_000, 'has no end'],
    [has('ServiceAccount') && at(podOf(job), 'serviceAccountName') === name, 'has no ServiceAccount of its own'],
    [has('NetworkPolicy'), 'has no NetworkPolicy of its own'],
    [reached.some((one) => one.metadata.name.endsWith('-console')), 'is not let in by the console'],
    [reached.some((one) => one.metadata.name.endsWith('-gateway')), 'is not let in by the gateway'],
    [!names.includes('CONSOLE_ADMIN_TOKEN') && !names.includes('DATABASE_URL'), 'has what opens the whole console'],
    [names.includes('MILLRACE_CONSOLE_URL'), 'writes topics itself where there is a console'],
  ])
}

/** Whether each port that a policy opens is open for pods with these labels, too. */
function admits(policy: Rendered, labels: Readonly<Record<string, string>>): boolean {
  const rules = list(at(policy, 'spec.ingress'))
  const isFor = (peer: unknown) =>
    Object.entries((at(peer, 'podSelector.matchLabels') ?? { none: '' }) as Readonly<Record<string, string>>).every(
      ([key, value]) => labels[key] === value,
    )
  return rules.length > 0 && rules.every((rule) => at(rule, 'from') === undefined || list(at(rule, 'from')).some(isFor))
}

/** The pod that an object makes; undefined where it makes none. */
export const podOf = (object: unknown): unknown =>
  at(object, 'kind') === 'Pod'
    ? at(object, 'spec')
    : (at(object, 'spec.template.spec') ?? at(object, 'spec.jobTemplate.spec.template.spec'))

const holdsAll = (subject: string, rules: readonly (readonly [boolean, string])[]): string[] =>
  rules.filter(([holds]) => !holds).map(([, text]) => `${subject} ${text}`)

/** What stands at a path of names; undefined where there is nothing. */
export function at(value: unknown, path: string): unknown {
  let found = value
  for (const name of path.split('.')) {
    if (found === null || typeof found !== 'object') return undefined
    found = (found as Readonly<Record<string, unknown>>)[name]
  }
  return found
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

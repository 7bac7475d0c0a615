// Checks everything that deploys Millrace: lint, three sets of values rendered and held against the schemas of Kubernetes and of the custom resources, policy, wrong values, Prometheus rules and their tests, the examples of deploy/monitoring, dashboards, the Strimzi example, the generated README. --cluster installs each set into a real Kubernetes API server too, --write writes the README.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readMetricsReference } from '@millrace/dashboards/names'
import { root, startReport, tellErrors } from '@millrace/local'
import { parseAllDocuments } from 'yaml'
import { checkDashboards } from './dashboards.ts'
import { brokenFacts, type Rendered } from './facts.ts'
import { kubeSchemas, schemaTemplate } from './kube-schemas.ts'
import { checkMonitoring } from './monitoring.ts'
import { type KubeObject, violations } from './policy.ts'
import { checkRenderedRules } from './rendered-rules.ts'
import { checkRestarts } from './restarts.ts'
import { checkRules } from './rules.ts'
import { readSecretSettings, secretFacts } from './secrets.ts'
import { checkStrimzi } from './strimzi.ts'
import { output, tool } from './tools.ts'
import { checkVariants } from './variants.ts'
import { wrongValues } from './wrong-values.ts'

tellErrors()
const { values: args } = parseArgs({
  options: { cluster: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
})
const chart = join(import.meta.dirname, '../millrace')
const sets = ['minimal', 'production', 'external'] as const
const page = await readFile(join(root, 'docs/settings.md'), 'utf8')
const reads = await readSecretSettings()
const settings = new Set([
  ...Array.from(page.matchAll(/^\| `([A-Z0-9_]+)` \|/gm), ([, name = '']) => name),
  ...(reads.get('cli')?.variables ?? []),
])
/** What the sets say about partitions and addresses of their own. */
const facts = {
  minimal: { settings, partitions: 12 },
  production: { settings, partitions: 24 },
  external: { settings, partitions: 12, deniedAddresses: ['203.0.114.7', '2001:4860:1::1'] },
} as const

const report = startReport('check deploy')
const helm = await tool('helm', report.note)
const kubeconform = await tool('kubeconform', report.note)
const schemas = await kubeSchemas()

for (const set of sets) {
  const values = join(chart, 'ci', `${set}.yaml`)
  const lint = await output(helm, ['lint', chart, '--strict', '-f', values])
  tell(lint.code, lint.text + lint.errors)
  report.figure(`${set}: helm lint`, lint.code, { exactly: 0 })
  const rendered = await output(helm, ['template', 'millrace', chart, '--include-crds', '-f', values])
  tell(rendered.code, rendered.errors)
  const strict = await output(
    kubeconform,
    ['-strict', '-summary', '-schema-location', schemaTemplate(schemas), '-'],
    rendered.text,
  )
  tell(strict.code, strict.text + strict.errors)
  report.figure(`${set}: kubeconform`, strict.code, { exactly: 0 })
  const objects = objectsIn(rendered.text)
  const found = objects.flatMap(violations)
  for (const one of found) report.note(one)
  report.figure(`${set}: objects`, objects.length, { atLeast: 20 })
  report.figure(`${set}: against the policy`, found.length, { exactly: 0 })
  const broken = brokenFacts(objects as unknown as readonly Rendered[], facts[set])
  broken.push(...(await secretFacts(objects as unknown as readonly Rendered[], reads)))
  for (const one of broken) report.note(`${set}: ${one}`)
  report.figure(`${set}: facts that do not hold`, broken.length, { exactly: 0 })
}

for (const { values, names, set = 'minimal' } of wrongValues) {
  const flags = Object.entries(values).flatMap(([name, value]) => ['--set-json', `${name}=${JSON.stringify(value)}`])
  const { code, errors } = await output(helm, [
    'template',
    'millrace',
    chart,
    '-f',
    join(chart, 'ci', `${set}.yaml`),
    ...flags,
  ])
  const isNamed = code !== 0 && errors.includes(names)
  const said =
    errors
      .trim()
      .split('\n')
      .find((line) => line.includes(names)) ?? errors.slice(0, 300)
  report.note(
    isNamed
      ? `refused: ${said.replace(/^.*\.yaml:\d+:\d+\): /, '')}`
      : `${JSON.stringify(values)} should be refused naming "${names}": ${said || 'it was taken'}`,
  )
  report.figure(`refused and named: ${Object.keys(values).join(', ')}`, Number(isNamed), { exactly: 1 })
}

const known = readMetricsReference()
await checkRules(chart, known, report)
await checkRenderedRules(helm, chart, report)
await checkMonitoring(report)
await checkDashboards(chart, known, report)
await checkRestarts(helm, chart, report)
await checkVariants(helm, chart, report)
await checkStrimzi(report, args)

const docs = ['--log-level', 'error', '--sort-values-order', 'file', '--chart-search-root', chart]
if (args.write) await output(await tool('helm-docs', report.note), docs)
const readme = await output(await tool('helm-docs', report.note), [...docs, '--dry-run'])
const written = await readFile(join(chart, 'README.md'), 'utf8').catch(() => '')
report.figure('README.md of the chart is fresh', Number(readme.text.trim() === written.trim()), { exactly: 1 })
if (args.cluster) await (await import('./cluster.ts')).installAll({ helm, chart, sets, report })
await report.finish()

function tell(code: number, text: string): void {
  if (code === 0) return
  for (const line of text.trim().split('\n').slice(0, 20)) report.note(line)
}

function objectsIn(text: string): KubeObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const object = document.toJSON() as KubeObject | null
    return object === null ? [] : [object]
  })
}

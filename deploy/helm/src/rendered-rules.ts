import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type Report, root } from '@millrace/local'
import { parseAllDocuments, stringify } from 'yaml'
import { debianTool } from './debian-tools.ts'
import { output } from './tools.ts'

interface PrometheusRule {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: object
}

const test = join(root, 'deploy/helm/test/rules/rendered/services.test.yaml')
const SWITCHED = ['services.poller.enabled=false', 'services.mcp.enabled=true', 'telemetry.rules=true']

/** What Prometheus gets of the chart when services are switched on and off: its own check of all rules, and a test of those that say what must be there. */
export async function checkRenderedRules(helm: string, chart: string, report: Report): Promise<void> {
  const flags = SWITCHED.flatMap((value) => ['--set', value])
  const values = join(chart, 'ci/minimal.yaml')
  const rendered = await output(helm, ['template', 'millrace', chart, '-n', 'prod', '-f', values, ...flags])
  report.figure('rules with services switched on and off: helm template', rendered.code, { exactly: 0 })
  const directory = await mkdtemp(join(tmpdir(), 'millrace-rules-'))
  try {
    const files = await writeRules(rendered.text, directory)
    report.figure('rules with services switched on and off: files', files.length, { atLeast: 2 })
    await copyFile(test, join(directory, basename(test)))
    const promtool = await debianTool('promtool', report.note)
    for (const [name, args] of [
      ['rendered: promtool check rules', ['check', 'rules', '--lint=all', '--lint-fatal', ...files]],
      ['rendered: promtool test rules', ['test', 'rules', join(directory, basename(test))]],
    ] as const) {
      const { code, text, errors } = await output(promtool, args)
      if (code !== 0) for (const line of `${text}${errors}`.trim().split('\n').slice(0, 40)) report.note(line)
      report.figure(name, code, { exactly: 0 })
    }
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** Each PrometheusRule as a file of Prometheus, under the name of the file that it was made from. */
async function writeRules(text: string, directory: string): Promise<string[]> {
  const objects = parseAllDocuments(text).map((document) => document.toJSON() as PrometheusRule | null)
  const rules = objects.filter((object) => object?.kind === 'PrometheusRule') as PrometheusRule[]
  return Promise.all(
    rules.map(async ({ metadata, spec }) => {
      const path = join(directory, `${metadata.name.replace(/^millrace-/, '')}.yaml`)
      await writeFile(path, stringify(spec))
      return path
    }),
  )
}

import { join } from 'node:path'
import type { Report } from '@millrace/local'
import { parseAllDocuments } from 'yaml'
import { at } from './facts.ts'
import { output } from './tools.ts'

interface Change {
  readonly what: string
  readonly set: string
  /** As `--set-json` takes them, before and after; after alone when there is nothing to compare with but the set. */
  readonly before?: readonly string[]
  readonly after: readonly string[]
  /** Services whose pods are new then. */
  readonly restarts: string
}

const using = 'console conversation-refresh dedup delivery gateway knowledge-graph poller'
const limit = 'sources.tenants=[{"name":"acme","rate_limit_per_minute":10}]'

const changes: readonly Change[] = [
  {
    what: 'a secret of the chart',
    set: 'minimal',
    after: ['secrets.values.MAKE_COM_WEBHOOK_SECRET="x"'],
    restarts: 'console gateway',
  },
  {
    what: 'secrets.version',
    set: 'production',
    after: ['secrets.version="2026-11-23"'],
    restarts: `${using} mcp`.split(' ').sort().join(' '),
  },
  { what: 'the sources, which services follow', set: 'production', after: [limit], restarts: '' },
  {
    what: 'the sources with sourcesRestart',
    set: 'production',
    before: ['sourcesRestart=true'],
    after: ['sourcesRestart=true', limit],
    restarts: using,
  },
]

/** Which pods an upgrade makes anew when a secret or the sources change: those that would not notice otherwise, and no others. */
export async function checkRestarts(helm: string, chart: string, report: Report): Promise<void> {
  const templates = async (set: string, flags: readonly string[] = []) => {
    const overrides = flags.flatMap((flag) => ['--set-json', flag])
    const values = join(chart, 'ci', `${set}.yaml`)
    const { text, errors } = await output(helm, ['template', 'millrace', chart, '-f', values, ...overrides])
    if (errors !== '') report.note(errors.slice(0, 500))
    const deployments = parseAllDocuments(text)
      .map((document) => document.toJSON() as unknown)
      .filter((object) => at(object, 'kind') === 'Deployment')
    return deployments.map(
      (one) => [String(at(one, 'metadata.name')), JSON.stringify(at(one, 'spec.template'))] as const,
    )
  }
  for (const { what, set, before, after, restarts } of changes) {
    const old = new Map(await templates(set, before))
    const changed = (await templates(set, after)).filter(([name, template]) => old.get(name) !== template)
    const names = changed.map(([name]) => name.replace('millrace-', '')).sort()
    report.figure(`restarted by ${what}`, names.join(' '), { exactly: restarts })
  }
}

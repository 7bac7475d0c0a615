import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sourcesSchema } from '../src/sources-schema.ts'
import { chartSchema, chartSettings } from './chart.ts'
import { envExample } from './env-example.ts'
import { errorsPage } from './errors-page.ts'
import { metricsPage } from './metrics-page.ts'
import { privacyPage } from './privacy-page.ts'
import { problemsPage, readProblemTypes } from './problems-page.ts'
import { readErrorTables } from './read-error-tables.ts'
import { readMetrics } from './read-metrics.ts'
import { readServiceSettings, settingsByService } from './read-service-settings.ts'
import { settingsPage } from './settings-page.ts'

export const root = join(import.meta.dirname, '../../..')

/** A generated file; its path is relative to the root. */
export interface Output {
  readonly path: string
  readonly text: string
}

/** Everything that is generated, as it should be. */
export async function outputs(): Promise<Output[]> {
  const [sections, services, tables, problems] = await Promise.all([
    readServiceSettings(root),
    settingsByService(root),
    readErrorTables(root),
    readProblemTypes(root),
  ])
  return [
    { path: '.env.example', text: envExample(sections) },
    { path: 'docs/settings.md', text: settingsPage(sections) },
    { path: 'docs/errors.md', text: errorsPage(tables) },
    { path: 'docs/metrics.md', text: metricsPage(readMetrics(root)) },
    { path: 'docs/privacy.md', text: privacyPage(sections) },
    { path: 'docs/problems.md', text: problemsPage(problems) },
    { path: 'deploy/helm/millrace/files/settings.json', text: chartSettings(services) },
    { path: 'deploy/helm/millrace/values.schema.json', text: chartSchema(root) },
    { path: 'docs/sources.schema.json', text: `${JSON.stringify(sourcesSchema, null, 2)}\n` },
  ]
}

/** Those of `outputs()` whose file is not what it should be. */
export async function stale(): Promise<Output[]> {
  return (await outputs()).filter(({ path, text }) => {
    const file = join(root, path)
    return !existsSync(file) || readFileSync(file, 'utf8') !== text
  })
}

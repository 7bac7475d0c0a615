// Writes figures and sums of docs/operations/capacity.md from capacity.json and the chart's values. `--check` writes nothing and fails when they are stale.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '@millrace/local'
import { parse } from 'yaml'
import { figures, type Measured, type Scaled, sums } from './sums.ts'

const page = join(root, 'docs/operations/capacity.md')

const { values } = parseArgs({ options: { check: { type: 'boolean' } } })
const measured = JSON.parse(readFileSync(join(import.meta.dirname, 'capacity.json'), 'utf8')) as Measured
const chart = parse(readFileSync(join(root, 'deploy/helm/millrace/values.yaml'), 'utf8')) as {
  readonly services: Readonly<Record<string, Scaled>>
}
const text = readFileSync(page, 'utf8')
const wanted = between('sums', sums(measured, chart.services), between('figures', figures(measured), text))
if (!values.check) writeFileSync(page, wanted)
else if (wanted !== text) {
  console.error(`${page} is stale: run pnpm --filter @millrace/helm generate`)
  process.exitCode = 1
}

/** @throws Error where the page lacks the marks */
function between(name: string, table: string, whole: string): string {
  const begin = `<!-- ${name}: written by pnpm --filter @millrace/helm generate -->\n`
  const [from, to] = [whole.indexOf(begin), whole.indexOf(`<!-- end of ${name} -->`)]
  if (from === -1 || to < from) throw new Error(`${page} has lost the marks of its ${name}`)
  return `${whole.slice(0, from)}${begin}\n${table}\n\n${whole.slice(to)}`
}

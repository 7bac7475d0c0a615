// Writes the dashboards' JSON into the chart. `--check` writes nothing and fails when something is stale.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '@millrace/local'
import { outputs } from './outputs.ts'

const { values } = parseArgs({ options: { check: { type: 'boolean' } } })
const directory = join(root, 'deploy/helm/millrace/files/dashboards')
mkdirSync(directory, { recursive: true })
const wanted = new Map(outputs().map(({ name, text }) => [name, text]))
const unwanted = readdirSync(directory).filter((name) => !wanted.has(name))
const isFresh = (name: string, text: string) =>
  existsSync(join(directory, name)) && readFileSync(join(directory, name), 'utf8') === text

if (values.check) {
  const stale = [...wanted].filter(([name, text]) => !isFresh(name, text)).map(([name]) => name)
  for (const name of [...stale, ...unwanted])
    console.error(`${join(directory, name)} is stale: run pnpm --filter @millrace/dashboards generate`)
  process.exitCode = stale.length + unwanted.length > 0 ? 1 : 0
} else {
  for (const name of unwanted) rmSync(join(directory, name))
  for (const [name, text] of wanted) writeFileSync(join(directory, name), text)
}

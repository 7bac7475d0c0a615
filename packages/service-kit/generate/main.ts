// Writes what is generated from the settings and errors of all packages and services. `--check` writes nothing and fails when something is stale.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { outputs, root, stale } from './outputs.ts'

const { values } = parseArgs({ options: { check: { type: 'boolean' } } })

if (values.check) {
  const paths = (await stale()).map(({ path }) => path)
  for (const path of paths) console.error(`${path} is stale: run pnpm --filter @millrace/service-kit generate`)
  process.exitCode = paths.length > 0 ? 1 : 0
} else {
  for (const { path, text } of await outputs()) writeFileSync(join(root, path), text)
}

// Writes the API document from the routes, and the client's types from it. `--check` writes nothing and fails when the committed document is stale.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeDocument } from '../src/openapi/make.ts'

const { values } = parseArgs({ options: { check: { type: 'boolean' } } })
const file = join(import.meta.dirname, '../openapi.json')
const text = `${JSON.stringify(await makeDocument(), null, 2)}\n`

if (!values.check) {
  writeFileSync(file, text)
  const client = join(import.meta.dirname, '../../../packages/console-client/generate/main.ts')
  execFileSync(process.execPath, [client], { stdio: 'inherit' })
} else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
  console.error('services/console/openapi.json is stale: run pnpm --filter @millrace/console generate')
  process.exitCode = 1
}

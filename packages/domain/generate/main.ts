// Writes the JSON Schemas of outbound payloads and of the actions. `--check` writes nothing and fails when something is stale.
import { mkdirSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { outputs, stale } from './outputs.ts'

const { values } = parseArgs({ options: { check: { type: 'boolean' } } })

if (values.check) {
  const paths = stale().map(({ file }) => relative(process.cwd(), fileURLToPath(file)))
  for (const path of paths) console.error(`${path} is stale: run pnpm --filter @millrace/domain generate`)
  process.exitCode = paths.length > 0 ? 1 : 0
} else {
  for (const { file, text } of outputs()) {
    mkdirSync(new URL('.', file), { recursive: true })
    writeFileSync(file, text)
  }
}

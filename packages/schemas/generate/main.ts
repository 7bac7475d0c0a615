// Writes what is generated from the registry of topics and the Avro files. `--check` writes nothing and fails when something is stale.
// `--amend <Name>/v<N>.avsc` accepts a change of a version that has never been released.
import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { outputs, stale } from './outputs.ts'

const { values } = parseArgs({ options: { check: { type: 'boolean' }, amend: { type: 'string' } } })

if (values.check) {
  const paths = stale().map(({ file }) => relative(process.cwd(), fileURLToPath(file)))
  for (const path of paths) console.error(`${path} is stale: run pnpm --filter @millrace/schemas generate`)
  process.exitCode = paths.length > 0 ? 1 : 0
} else {
  for (const { file, text } of outputs(values.amend)) writeFileSync(file, text)
}

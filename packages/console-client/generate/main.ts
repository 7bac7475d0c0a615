// Writes the types of the console's API from its document. `--check` writes nothing and fails when the committed ones are stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import openapiTypes, { astToString } from 'openapi-typescript'

const { values } = parseArgs({ options: { check: { type: 'boolean' } } })
const document = join(import.meta.dirname, '../../../services/console/openapi.json')
const file = join(import.meta.dirname, '../src/api-types.ts')
const head =
  '// Made from services/console/openapi.json by `pnpm --filter @millrace/console generate`; not edited by hand.\n\n'
const text =
  head +
  astToString(
    await openapiTypes(readFileSync(document, 'utf8'), {
      rootTypes: true,
      rootTypesNoSchemaPrefix: true,
      defaultNonNullable: false,
    }),
  )

if (!values.check) writeFileSync(file, text)
else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
  console.error('packages/console-client/src/api-types.ts is stale: run pnpm --filter @millrace/console generate')
  process.exitCode = 1
}

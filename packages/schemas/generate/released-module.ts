import type { AvroFile } from './avro-files.ts'

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
}

/** `src/released.ts`: the texts of all schema files, so that bundles need no files beside them. */
export function releasedModule(files: readonly AvroFile[]): string {
  const names = [...new Set(files.map((file) => file.name))]
  const entries = names.map((name) => {
    const texts = files.filter((file) => file.name === name).map((file) => `    ${literal(file.text)},\n`)
    return `  ${name}: [\n${texts.join('')}  ],\n`
  })
  return `// Generated from avro/ by \`pnpm --filter @millrace/schemas generate\`.
// biome-ignore-all format: one line a file
/** The released Avro schemas by record name, oldest first. */
export const released = {
${entries.join('')}} as const
`
}

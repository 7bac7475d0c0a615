import { readdirSync, readFileSync } from 'node:fs'

const avroDir = new URL('../avro/', import.meta.url)

function releasedTexts(name: string): string[] {
  const files = readdirSync(new URL(`${name}/`, avroDir)).filter((file) => file.endsWith('.avsc'))
  return files.map((_, index) => readFileSync(new URL(`${name}/v${index + 1}.avsc`, avroDir), 'utf8'))
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
}

/** `src/released.ts`: the texts of all `avro/<Name>/v<N>.avsc`, so that bundles need no files beside them. */
export function releasedModule(): string {
  const entries = readdirSync(avroDir)
    .sort()
    .map(
      (name) =>
        `  ${name}: [\n${releasedTexts(name)
          .map((text) => `    ${literal(text)},\n`)
          .join('')}  ],\n`,
    )
  return `// Generated from avro/ by \`pnpm --filter @millrace/schemas generate\`.\n// biome-ignore-all format: one line a file\n/** The released Avro schemas by record name, oldest first. */\nexport const released = {\n${entries.join('')}} as const\n`
}

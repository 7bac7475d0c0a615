import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { writeOutput } from './files.ts'

/** Stands for the URL in the published blueprint. */
const PLACEHOLDER = 'https://YOUR-ADDRESS/api/webhook/make.com/chatgpt-clients'

/** In an image it is beside the bundle. */
const published = import.meta.url.endsWith('.ts')
  ? new URL('../../../docs/examples/make/scenario.blueprint.json', import.meta.url)
  : new URL('./scenario.blueprint.json', import.meta.url)

/**
 * Writes the scenario of docs/examples/make with the URL filled in. The key is not: whoever has the file must not have it.
 * @returns the file's whole path
 * @throws CliError `MR_CLI_NOT_FOUND` when it cannot be written
 */
export async function writeBlueprint(file: string, url: string): Promise<string> {
  const path = resolve(file)
  const text = (await readFile(published, 'utf8')).replaceAll(PLACEHOLDER, url)
  await writeOutput(path, text)
  return path
}

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fingerprintHex } from './fingerprint.ts'
import { type Schema, schemas } from './schema.ts'

interface ExportedVersion {
  readonly name: string
  readonly version: number
  /** Path below the export's directory, with `/`. */
  readonly file: string
}

/**
 * Writes every released version to `<dir>/<Name>/v<N>.avsc`, and `<dir>/fingerprints.json`, which leads from a fingerprint as it stands on
 * the wire (8 bytes in hex) to name, version and file. Makes missing directories, replaces files that are there.
 * @returns the paths written, below `dir`.
 * @throws the file system's error when `dir` cannot be written.
 */
export async function exportSchemas(dir: string): Promise<string[]> {
  const all = (Object.values(schemas) as Schema<unknown>[]).flatMap(exported)
  for (const { file, avsc } of all) {
    await mkdir(join(dir, file, '..'), { recursive: true })
    await writeFile(join(dir, file), avsc)
  }
  const index = Object.fromEntries(
    all.map(({ fingerprint, name, version, file }) => [fingerprint, { name, version, file } satisfies ExportedVersion]),
  )
  await writeFile(join(dir, 'fingerprints.json'), `${JSON.stringify(index, null, 2)}\n`)
  return [...all.map(({ file }) => file), 'fingerprints.json']
}

function exported({ name, versions }: Schema<unknown>) {
  return versions.map(({ version, avsc, fingerprint }) => ({
    name,
    version,
    avsc,
    file: `${name}/v${version}.avsc`,
    fingerprint: fingerprintHex(fingerprint),
  }))
}

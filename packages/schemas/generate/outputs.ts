import { existsSync, readFileSync } from 'node:fs'
import { asyncapi } from './asyncapi.ts'
import { type AvroFile, avroFiles, sha256 } from './avro-files.ts'
import { readGoldens, withNewGoldens } from './golden.ts'
import { releasedModule } from './released-module.ts'
import { topicsPage } from './topics-page.ts'

/** A generated file. */
export interface Output {
  readonly file: URL
  readonly text: string
}

const at = (path: string) => new URL(`../${path}`, import.meta.url)
export const goldenFile = at('test/fixtures/golden.json')
export const hashFile = at('test/fixtures/released.sha256.json')

/**
 * Everything that is generated, as it should be. Golden values and hashes of released files are only added, never changed; those of
 * `amended` (a `<Name>/v<N>.avsc`, never released yet) are made anew.
 */
export function outputs(amended?: string): Output[] {
  const files = avroFiles()
  return [
    { file: at('src/released.ts'), text: releasedModule(files) },
    {
      file: goldenFile,
      text: withNewGoldens(
        readGoldens(goldenFile).filter((golden) => golden.path !== amended),
        files,
      ),
    },
    { file: hashFile, text: withNewHashes(files, amended) },
    { file: at('../../docs/asyncapi.yaml'), text: asyncapi() },
    { file: at('../../docs/topics.md'), text: topicsPage() },
  ]
}

/** Those of `outputs()` whose file is not what it should be. */
export function stale(): Output[] {
  return outputs().filter(({ file, text }) => !existsSync(file) || readFileSync(file, 'utf8') !== text)
}

function withNewHashes(files: readonly AvroFile[], amended: string | undefined): string {
  const known = existsSync(hashFile) ? JSON.parse(readFileSync(hashFile, 'utf8')) : {}
  const hashes = files.map(({ path, text }) => [path, path === amended ? sha256(text) : (known[path] ?? sha256(text))])
  return `${JSON.stringify(Object.fromEntries(hashes), null, 2)}\n`
}

import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../../..')

/** What a dependency reads beside its own code, which becomes part of ours. */
const assetsOf: Readonly<Record<string, readonly string[]>> = {
  '@electric-sql/pglite': ['pglite.wasm', 'pglite.data', 'initdb.wasm'],
}
/** Files of the checkout that a package reads, by the package's name. */
const filesOf: Readonly<Record<string, readonly string[]>> = {
  '@millrace/cli': ['docs/examples/make/scenario.blueprint.json'],
}

/** Paths of the files that a package's code reads beside itself and that its bundle holds under their own names: Redis scripts, assets of dependencies, published examples. */
export async function filesBeside(directory: string): Promise<string[]> {
  const { name, dependencies } = await readManifest(directory)
  const require = createRequire(join(directory, 'package.json'))
  const assets = Object.entries(assetsOf)
    .filter(([dependency]) => dependency in dependencies)
    .flatMap(([dependency, files]) => files.map((file) => join(dirname(require.resolve(dependency)), file)))
  const files = (filesOf[name] ?? []).map((file) => join(root, file))
  return [...(await redisScripts(join(directory, 'src'))), ...assets, ...files]
}

async function redisScripts(source: string): Promise<string[]> {
  const names = (await readdir(source)).filter((name) => name.endsWith('.lua'))
  return names.map((name) => join(source, name))
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
}

/** What a package's package.json says of it. */
export async function readManifest(directory: string): Promise<Manifest> {
  const { dependencies = {}, ...others } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'))
  return { ...others, dependencies } as Manifest
}

import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { cyclonedxEsbuildPlugin } from '@cyclonedx/cyclonedx-esbuild'
import { type BuildOptions, build } from 'esbuild'
import { filesBeside, readManifest } from './files-beside.ts'

const root = resolve(import.meta.dirname, '../../..')
/** In every bundle: what services run in threads of their own, by file, and what asks a service in its container how it is. */
const everywhere = [
  join(root, 'packages/service-kit/src/read-sources.worker.ts'),
  join(import.meta.dirname, 'health.ts'),
]
/** What of npm a bundle was made of, as CycloneDX; its name in the bundle. */
export const SBOM = 'sbom.cdx.json'
/** The same of the console's page. */
export const PAGE_SBOM = 'page.sbom.cdx.json'

/** How code becomes one file that runs where there is Node and nothing else. */
export const nodeOptions = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  legalComments: 'none',
  logLevel: 'warning',
  // CommonJS dependencies call `require` for Node's own modules, which an ES module does not have.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
} as const satisfies BuildOptions

/**
 * Makes files of a package's programs and all they import, so that its image holds Node and this directory, nothing else.
 * @param directory of the package
 * @param target directory to write: the programs and threads, their source maps, `package.json`, bills of materials, and what the code reads beside itself
 */
export async function bundle(directory: string, target: string): Promise<void> {
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true })
  await build({
    ...nodeOptions,
    // Where the bill of materials looks for the package that it is about.
    absWorkingDir: directory,
    entryPoints: await entryPoints(directory),
    outdir: target,
    entryNames: '[name]',
    metafile: true,
    sourcemap: true,
    sourcesContent: false,
    plugins: [billOfMaterials(join(target, SBOM))],
  })
  const files = await filesBeside(directory)
  await Promise.all(files.map((file) => cp(file, join(target, basename(file)))))
  await copyPage(directory, target)
  const { name, version } = await readManifest(directory)
  await writeFile(join(target, 'package.json'), `${JSON.stringify({ name, version, type: 'module' })}\n`)
}

/**
 * A package's programs, `src/main.ts`, `src/stdio.ts` and `src/*.main.ts`, as far as they are there, and what is in every bundle.
 * @throws Error when the package has no program
 */
export async function entryPoints(directory: string): Promise<string[]> {
  const source = join(directory, 'src')
  const names = (await readdir(source)).filter((name) => /^(main|stdio|.+\.main)\.ts$/.test(name))
  if (names.length === 0) throw new Error(`${source} holds no main.ts to bundle`)
  return [...names.map((name) => join(source, name)), ...everywhere]
}

function billOfMaterials(outputFile: string) {
  return cyclonedxEsbuildPlugin({ outputFile, outputReproducible: true, validate: true, logLevel: 'silent' })
}

/** A page is a package of its own in the service's `web`, built before. What it is made of tells a bundle that is not written. */
async function copyPage(directory: string, target: string): Promise<void> {
  const page = join(directory, 'web')
  if (!existsSync(join(page, 'dist'))) return
  await cp(join(page, 'dist'), join(target, 'web'), { recursive: true })
  await build({
    absWorkingDir: page,
    entryPoints: [join(page, 'src/main.tsx')],
    outdir: target,
    bundle: true,
    write: false,
    metafile: true,
    jsx: 'automatic',
    loader: { '.woff2': 'file' },
    logLevel: 'warning',
    plugins: [billOfMaterials(join(target, PAGE_SBOM))],
  })
}

if (process.argv[1] === import.meta.filename) {
  const directory = resolve(process.argv[2] ?? '.')
  if (existsSync(join(directory, 'web')) && !existsSync(join(directory, 'web/dist/index.html')))
    throw new Error(`${directory}/web is not built: turbo run build does it before`)
  await bundle(directory, join(directory, 'dist'))
}

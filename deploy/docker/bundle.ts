import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { build } from 'esbuild'

/** What services run in threads of their own, by file; each is a bundle beside theirs. */
const threads = [join(import.meta.dirname, '../../packages/service-kit/src/read-sources.worker.ts')]

/**
 * Makes one file of a service and all it imports, so that its image holds Node and this directory, nothing else.
 * @param service directory of the service
 * @param target directory to write: `main.js` and the threads, their source maps, `package.json`, and what the code reads beside itself
 */
export async function bundle(service: string, target: string): Promise<void> {
  const source = join(service, 'src')
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true })
  await build({
    entryPoints: [join(source, 'main.ts'), ...threads],
    outdir: target,
    entryNames: '[name]',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
    // CommonJS dependencies call `require` for Node's own modules, which an ES module does not have.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  })
  await copyScripts(source, target)
  await copyAssets(service, target)
  await copyPage(service, target)
  const { name, version } = JSON.parse(await readFile(join(service, 'package.json'), 'utf8'))
  await writeFile(join(target, 'package.json'), `${JSON.stringify({ name, version, type: 'module' })}\n`)
}

/** Redis scripts are read from the directory of the code that uses them. */
async function copyScripts(source: string, target: string): Promise<void> {
  const names = (await readdir(source)).filter((name) => name.endsWith('.lua'))
  await Promise.all(names.map((name) => cp(join(source, name), join(target, name))))
}

/** What packages read beside their own code, which becomes `main.js`. */
const assets: Readonly<Record<string, readonly string[]>> = {
  '@electric-sql/pglite': ['pglite.wasm', 'pglite.data', 'initdb.wasm'],
}

async function copyAssets(service: string, target: string): Promise<void> {
  const file = join(service, 'package.json')
  const { dependencies = {} } = JSON.parse(await readFile(file, 'utf8'))
  for (const [name, files] of Object.entries(assets)) {
    if (!(name in dependencies)) continue
    const directory = dirname(createRequire(file).resolve(name))
    await Promise.all(files.map((asset) => cp(join(directory, asset), join(target, asset))))
  }
}

/** A page is a package of its own in the service's `web`, built before. */
async function copyPage(service: string, target: string): Promise<void> {
  const page = join(service, 'web/dist')
  if (existsSync(page)) await cp(page, join(target, 'web'), { recursive: true })
}

if (process.argv[1] === import.meta.filename) {
  const service = resolve(process.argv[2] ?? '.')
  if (!existsSync(join(service, 'src/main.ts'))) throw new Error(`${service} holds no src/main.ts to bundle`)
  if (existsSync(join(service, 'web')) && !existsSync(join(service, 'web/dist/index.html')))
    throw new Error(`${service}/web is not built: turbo run build does it before`)
  await bundle(service, join(service, 'dist'))
}

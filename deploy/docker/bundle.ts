import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
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
  const { name, version } = JSON.parse(await readFile(join(service, 'package.json'), 'utf8'))
  await writeFile(join(target, 'package.json'), `${JSON.stringify({ name, version, type: 'module' })}\n`)
}

/** Redis scripts are read from the directory of the code that uses them. */
async function copyScripts(source: string, target: string): Promise<void> {
  const names = (await readdir(source)).filter((name) => name.endsWith('.lua'))
  await Promise.all(names.map((name) => cp(join(source, name), join(target, name))))
}

if (process.argv[1] === import.meta.filename) {
  const service = resolve(process.argv[2] ?? '.')
  if (!existsSync(join(service, 'src/main.ts'))) throw new Error(`${service} holds no src/main.ts to bundle`)
  await bundle(service, join(service, 'dist'))
}

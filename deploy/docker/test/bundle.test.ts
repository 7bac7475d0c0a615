import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { root } from '@millrace/local'
import { build, type Metafile } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundle, entryPoints, nodeOptions, SBOM } from '../src/bundle.ts'
import { bundled } from '../src/bundled.ts'
import { filesBeside } from '../src/files-beside.ts'

// That each bundle runs in its image, npm run check:images proves.

/** Asked for by pg, which does without. */
const optional = ['pg-native']
/** Code that reads files beside itself. */
const others = ['packages/service-kit/src/read-in-thread.ts', 'packages/cli/src/write-blueprint.ts']

test('every service has an image', async () => {
  expect(bundled.map(({ name }) => name)).toEqual(expect.arrayContaining(await readdir(join(root, 'services'))))
})

describe('what an image holds', () => {
  /** All in one pass with what they share once, which takes a tenth of the time that the bundles take. */
  let all: Metafile
  beforeAll(async () => {
    const entries = await Promise.all(bundled.map(({ name, directory }) => entriesOf(name, directory)))
    const options = { ...nodeOptions, entryPoints: entries.flat(), absWorkingDir: root, outdir: '/', write: false }
    all = (await build({ ...options, splitting: true, metafile: true })).metafile
  })

  test('is all that the code imports', () => {
    const imports = Object.values(all.outputs).flatMap((output) => output.imports.filter(({ external }) => external))
    const others = imports.map(({ path }) => path).filter((path) => !isBuiltin(path))
    expect(others.filter((path) => !optional.includes(path))).toEqual([])
  })

  test.each(bundled)('is all that the code of $name reads beside itself', async ({ directory }) => {
    const entries = await entryPoints(directory)
    const programs = entries.map((file) => basename(file).replace(/\.ts$/, '.js'))
    const held = [...programs, ...(await filesBeside(directory)).map((file) => basename(file))]
    const read = (await Promise.all(reached(all, entries).map(readBeside))).flat()
    expect(read.filter((pattern) => !held.some((file) => pattern.test(file)))).toEqual([])
  })

  test('is found where code reads it: Redis scripts, a database, a thread, an example', async () => {
    const files = ['services/dedup/src/redis-script.ts', 'services/delivery/src/grants.ts', ...others].map((file) =>
      join(root, file),
    )
    const read = (await Promise.all(files.map(readBeside))).flat().map(({ source }) => source)
    expect(read).toEqual([
      '^.+\\.lua$',
      '^grant\\.lua$',
      '^end-grant\\.lua$',
      '^start-limits\\.lua$',
      '^read-sources\\.worker\\.js$',
      '^scenario\\.blueprint\\.json$',
    ])
  })
})

describe('a bundle', () => {
  let target: string
  beforeAll(async () => {
    // Outside of the checkout nothing of node_modules is found, as in an image.
    target = await mkdtemp(join(tmpdir(), 'millrace-bundle-'))
    await bundle(join(root, 'services/dedup'), target)
  })
  afterAll(() => rm(target, { recursive: true, force: true }))

  test('runs without the checkout', async () => {
    const answer = promisify(execFile)(process.execPath, ['main.js', '--print-settings'], { cwd: target, env: {} })
    await expect(answer).resolves.toMatchObject({ stdout: expect.stringContaining('KAFKA_BROKERS=127.0.0.1:19092') })
  })

  test('says of what packages it was made, as CycloneDX', async () => {
    const { bomFormat, metadata, components } = JSON.parse(await readFile(join(target, SBOM), 'utf8'))
    expect({ bomFormat, name: metadata.component.name }).toEqual({ bomFormat: 'CycloneDX', name: 'dedup' })
    const urls = (components as { purl?: string }[]).map(({ purl = '' }) => purl.replace(/\?.*/, ''))
    expect(urls).toContain('pkg:npm/kafkajs@2.2.4')
    expect(urls.filter((url) => url.startsWith('pkg:npm/vitest'))).toEqual([])
  })
})

async function entriesOf(name: string, directory: string) {
  const files = await entryPoints(directory)
  return files.map((file) => ({ in: file, out: join(name, basename(file, '.ts')) }))
}

/** The files of which anything was left after shaking and that programs come to by their imports. */
function reached({ inputs, outputs }: Metafile, entries: readonly string[]): string[] {
  const left = new Set(Object.values(outputs).flatMap((output) => Object.keys(output.inputs)))
  const seen = new Set(entries.map((file) => relative(root, file)))
  for (const path of seen) for (const next of inputs[path]?.imports ?? []) if (!next.external) seen.add(next.path)
  return [...seen].filter((path) => left.has(path)).map((path) => join(root, path))
}

/** Patterns of the files that a file's code finds by its own place. What is TypeScript, or in another directory, it reads in the checkout alone. */
async function readBeside(file: string): Promise<RegExp[]> {
  const urls = (await readFile(file, 'utf8')).matchAll(/new URL\((["'`])([^"'`]+)\1, ?import\.meta\.url\)/g)
  const names = Array.from(urls, ([, , url = '']) => url.replace(/^\.\//, ''))
  return names.filter((name) => !/\.ts$|\//.test(name)).map((name) => new RegExp(`^${pattern(name)}$`))
}

function pattern(file: string): string {
  const parts = file.split(/\$\{[^}]*\}/)
  return parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+')
}

import { mkdirSync, mkdtempSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '@millrace/test-support'
import { metrics } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { holdSources, type WritableSources } from '../src/hold-sources.ts'
import { readInThread } from '../src/read-in-thread.ts'
import { readSourcesFile } from '../src/sources-file.ts'
import { type SourcesWatcher, watchSources } from '../src/watch-sources.ts'

let directory: string
let path: string
let holder: WritableSources
let watcher: SourcesWatcher | undefined
let refusals: string[]
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-watch-'))
  path = join(directory, 'sources.yaml')
  refusals = []
})
afterEach(() => watcher?.close())

const text = (...names: readonly string[]) =>
  JSON.stringify({ sources: names.map((name) => ({ name, provider: 'make', secrets: [{ secret: 'x' }] })) })

async function watch(variables: NodeJS.ProcessEnv = {}): Promise<void> {
  const environment = () => ({ variables })
  const first = await readSourcesFile(path, environment)
  if (first.result instanceof Error) throw first.result
  holder = holdSources(first.result)
  watcher = watchSources({
    path,
    files: first.files,
    read: () => readSourcesFile(path, environment),
    holder,
    log: { info: () => {}, error: (_: object, message: string) => void refusals.push(message) } as never,
    meter: metrics.getMeter('test'),
    everyMs: 20,
  })
}

/** At once: a look while a file is written anew would find it empty. */
function replace(content: string): void {
  writeFileSync(`${path}.new`, content)
  renameSync(`${path}.new`, path)
}

function names(): string {
  return holder
    .current()
    .sources.map(({ name }) => name)
    .join()
}

const holds = (expected: string) => waitFor(() => names() === expected, { what: `sources ${expected}` })

describe('a change is seen however the file is changed', () => {
  test('in place', async () => {
    writeFileSync(path, text('a'))
    await watch()
    writeFileSync(path, text('a', 'b'))
    await holds('a,b')
  })

  test('by rename, also to a file as long and as old', async () => {
    writeFileSync(path, text('a'))
    await watch()
    writeFileSync(`${path}.new`, text('b'))
    renameSync(`${path}.new`, path)
    await holds('b')
  })

  test('by the link of a ConfigMap', async () => {
    for (const [version, name] of [
      ['..1', 'a'],
      ['..2', 'b'],
    ] as const) {
      mkdirSync(join(directory, version))
      writeFileSync(join(directory, version, 'sources.yaml'), text(name))
    }
    symlinkSync('..1', join(directory, '..data'))
    symlinkSync(join('..data', 'sources.yaml'), path)
    await watch()
    symlinkSync('..2', join(directory, '..new'))
    renameSync(join(directory, '..new'), join(directory, '..data'))
    await holds('b')
  })

  test('by taking it away and putting it back', async () => {
    writeFileSync(path, text('a'))
    await watch()
    renameSync(path, `${path}.away`)
    await waitFor(() => refusals.length === 1, { what: 'the refusal' })
    expect(names()).toBe('a')
    writeFileSync(path, text('b'))
    await holds('b')
  })

  test('by another content of a file that a reference is read from', async () => {
    const secret = join(directory, 'secret')
    writeFileSync(secret, 'first')
    writeFileSync(path, text('a').replace('"x"', `"\${S}"`))
    await watch({ S_FILE: secret })
    writeFileSync(secret, 'second')
    const now = () => holder.current().sources[0]?.secrets[0]?.secret
    await waitFor(() => now() === 'second', { what: 'the second secret' })
  })
})

test('what did not change keeps its identity, and a listener hears of both sides', async () => {
  writeFileSync(path, text('a', 'b'))
  await watch()
  const [a] = holder.current().sources
  const heard = new Promise((resolve) => {
    holder.onChange((now, before) => resolve([now.sources.length, before.sources.length, now.sources[0] === a]))
  })
  replace(text('a'))
  expect(await heard).toEqual([1, 2, true])
})

test('a file that is broken is refused once, and what is equal to what holds changes nothing', async () => {
  writeFileSync(path, text('a'))
  await watch()
  const before = holder.current()
  replace('sources: [')
  await waitFor(() => holder.state().refused, { what: 'the refusal' })
  // A look later nothing has been added: the next change is the next thing that is read.
  replace(`${text('a')}\n`)
  await waitFor(() => holder.state().refused === undefined, { what: 'the repaired file' })
  expect(refusals).toEqual(['sources file is not taken: the former sources stay in use'])
  expect(holder.current()).toBe(before)
})

describe('a large file is read in a thread', () => {
  test('with the same result', async () => {
    writeFileSync(path, text(...Array.from({ length: 300 }, (_, index) => `source-${index}`)))
    const inThread = await readInThread({ path, variables: {} })
    const here = await readSourcesFile(path, () => ({ variables: {} }))
    expect(inThread.result).toEqual(here.result)
    expect(inThread.files).toEqual(here.files)
  })

  test('and with the same problems', async () => {
    writeFileSync(path, text('a').replace('"x"', `"\${S}"`))
    const { result } = await readInThread({ path, variables: {} })
    expect(result).toMatchObject({
      code: 'MR_SOURCES_INVALID',
      problems: [expect.stringMatching(/^line 1:\d+, sources\[0\]\.secrets\[0\]\.secret: \$\{S\} is not set$/)],
    })
  })
})

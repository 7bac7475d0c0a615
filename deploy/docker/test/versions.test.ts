import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { root } from '@millrace/local'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { bundled } from '../src/bundled.ts'
import { newComposeEnv } from '../src/compose-env.ts'

const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const version = JSON.parse(read('package.json')).version as string
const compose = read('docker-compose.yml')

test('what is started is what is there: the default version of the images is that of the project', () => {
  const versions = [...compose.matchAll(/MILLRACE_VERSION:-([\d.]+)/g)].map(([, one]) => one)
  expect([...new Set(versions), /^ARG VERSION=(.+)$/m.exec(read('deploy/docker/Dockerfile'))?.[1]]).toEqual([
    version,
    version,
  ])
})

test('images, Compose and the workflow stand on one version of Node', () => {
  const node = /^ {2}node: (.+)$/m.exec(read('pnpm-workspace.yaml'))?.[1]
  const files = ['docker-compose.yml', 'deploy/docker/Dockerfile', 'deploy/docker/src/check.ts'].map(read)
  const named = files.flatMap((text) => [...text.matchAll(/node:(\d+\.\d+\.\d+)-/g)].map(([, one]) => one))
  expect([...new Set(named)]).toEqual([node])
})

test('Compose and the workflow know every image', () => {
  const images = [...compose.matchAll(/\$\{MILLRACE_IMAGES:-millrace\}\/([a-z-]+):/g)].map(([, name]) => name)
  const { jobs } = parse(read('.github/workflows/images.yaml'))
  const names = bundled.map(({ name }) => name).sort()
  expect([...new Set(images)].sort()).toEqual(names)
  for (const job of [jobs.build, jobs.push]) expect(job.strategy.matrix.service.toSorted()).toEqual(names)
})

const workflows = globSync('.github/workflows/*.yaml', { cwd: root }).map((file) => ({ file, text: read(file) }))

test('workflows pin every action to a commit with its version beside it, and may write nothing unless a job says so', () => {
  expect(workflows.length).toBeGreaterThanOrEqual(3)
  for (const { file, text } of workflows) {
    const loose = [...text.matchAll(/uses: (.+)$/gm)].filter(
      ([, what = '']) => !/^[\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d/.test(what),
    )
    expect(
      loose.map(([line]) => line),
      file,
    ).toEqual([])
    const { permissions } = parse(text) as { permissions: Readonly<Record<string, string>> }
    expect(
      Object.values(permissions).filter((right) => right !== 'read'),
      file,
    ).toEqual([])
    expect(text.match(/actions\/checkout@/g)?.length, file).toBe(text.match(/persist-credentials: false/g)?.length)
  }
})

/** Folders of a kind of dependencies that Dependabot looks at. */
const watched = (kind: string): string[] => {
  const { updates } = parse(read('.github/dependabot.yaml')) as {
    updates: { 'package-ecosystem': string; directory?: string; directories?: string[] }[]
  }
  return updates
    .filter((one) => one['package-ecosystem'] === kind)
    .flatMap(({ directory, directories = [] }) => [...(directory === undefined ? [] : [directory]), ...directories])
}

test.for([
  ['maven', '**/pom.xml'],
  ['pip', '**/requirements.txt'],
  ['docker', '**/Dockerfile'],
  ['gomod', '**/go.mod'],
] as const)('Dependabot looks at every %s file', ([kind, pattern]) => {
  const exclude = (path: string) => /(^|\/)(node_modules|\.local|dist)(\/|$)/.test(path)
  const folders = globSync(pattern, { cwd: root, exclude }).map((file) => `/${dirname(file)}`)
  expect(watched(kind).sort()).toEqual(folders.sort())
})

test('what reaches the builder is every bundle, and nothing else', () => {
  const [all, ...through] = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const paths = bundled.map(({ directory }) => `!${relative(root, directory)}/dist`)
  expect([all, through.sort()]).toEqual(['*', paths.sort()])
})

test('an env file for Compose has every secret that it asks for, new each time', () => {
  const [first, second] = [newComposeEnv(), newComposeEnv()]
  const needed = new Set([...compose.matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => name))
  for (const name of needed) expect(first).toMatch(new RegExp(`^${name}=.{16,}$`, 'm'))
  expect(first).not.toBe(second)
})

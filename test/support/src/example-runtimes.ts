import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '@millrace/local'

const run = promisify(execFile)
const cache = join(root, '.local/cache')

export function hasPython(): Promise<boolean> {
  return canRun('python3', ['-c', 'import ensurepip, sys; assert sys.version_info >= (3, 9)'])
}

export async function hasJava(): Promise<boolean> {
  return (await canRun('mvn', ['-v'])) && (await canRun('java', ['--version']))
}

/** Only Node is needed to run the tests, so a missing language is said, and is a fault only in CI. */
async function canRun(command: string, args: string[]): Promise<boolean> {
  try {
    await run(command, args)
    return true
  } catch (error) {
    if (process.env.CI) throw error
    console.warn(`${command} is missing or too old here, so its examples were not run`)
    return false
  }
}

/** A Python that has the packages of that `requirements.txt`. */
export async function pythonWith(requirements: string): Promise<string> {
  const dir = await made('python', requirements, async (partial) => {
    await run('python3', ['-m', 'venv', partial])
    const pip = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '-r', requirements]
    await run(join(partial, 'bin/python'), pip)
  })
  return join(dir, 'bin/python')
}

/** A directory with the jars that a `pom.xml` copies to `lib`. */
export function javaLibraries(pom: string): Promise<string> {
  return made('java', pom, async (partial) => {
    await run('mvn', ['-B', '-q', '-ntp', '-f', pom, 'generate-resources', `-Dlib=${partial}`])
  })
}

/** A directory with the `node_modules` of that `package.json`. */
export function nodePackages(manifest: string): Promise<string> {
  return made('node', manifest, async (partial) => {
    mkdirSync(partial)
    const file = join(partial, 'package.json')
    await run('cp', [manifest, file])
    await run('npm', ['install', '--prefix', partial, '--no-audit', '--no-fund', '--loglevel=error'], { cwd: partial })
  })
}

/**
 * A directory made once for each content of `source`, also when two test files ask for it at the same time: whoever is first to finish gives it its
 * name. A half-made one of an interrupted run is left aside.
 */
function made(name: string, source: string, make: (partial: string) => Promise<void>): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12)
  const dir = join(cache, `example-${name}-${hash}`)
  const known = making.get(dir) ?? makeOnce(dir, make)
  making.set(dir, known)
  return known
}

const making = new Map<string, Promise<string>>()

async function makeOnce(dir: string, make: (partial: string) => Promise<void>): Promise<string> {
  if (existsSync(dir)) return dir
  mkdirSync(cache, { recursive: true })
  const partial = `${dir}.partial-${process.pid}`
  rmSync(partial, { recursive: true, force: true })
  await make(partial)
  try {
    renameSync(partial, dir)
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    if (!existsSync(dir)) throw error
  }
  return dir
}

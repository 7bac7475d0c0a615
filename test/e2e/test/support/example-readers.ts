import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { WebhookEvent } from '@millrace/schemas'

const run = promisify(execFile)
export const root = resolve(import.meta.dirname, '../../../..')
const examples = join(root, 'docs/examples')
const cache = join(root, '.local/cache')

/** What an example needs to know, as its environment. */
export interface ReaderSettings {
  readonly BROKERS: string
  readonly TOPIC: string
  readonly GROUP: string
  readonly SCHEMAS_DIR: string
}

/** An event as the examples print it: the payload is text. */
export type PrintedEvent = Omit<WebhookEvent, 'payload'> & { readonly payload: string }

/** An example of `docs/examples`: its own Kafka client, its own Avro decoder. Resolves with the events that it printed. */
export type ExampleReader = (settings: ReaderSettings) => Promise<PrintedEvent[]>

/** Only Node is needed to run the tests, so a missing language is said (null), and a fault only in CI. */
export async function pythonReader(): Promise<ExampleReader | null> {
  if (!(await canRun('python3', ['-c', 'import ensurepip, sys; assert sys.version_info >= (3, 9)']))) return null
  const python = await pythonWithPackages()
  return (settings) => lines(python, [join(examples, 'python/read_events.py'), '--until-end'], settings)
}

/** As `pythonReader`. */
export async function javaReader(): Promise<ExampleReader | null> {
  if (!(await canRun('mvn', ['-v'])) || !(await canRun('java', ['--version']))) return null
  const lib = await javaLibraries()
  return (settings) =>
    lines('java', ['-cp', `${lib}/*`, join(examples, 'java/ReadEvents.java'), '--until-end'], settings)
}

async function canRun(command: string, args: string[]): Promise<boolean> {
  try {
    await run(command, args)
    return true
  } catch (error) {
    if (process.env.CI) throw error
    console.warn(`${command} is missing or too old here, so its example was not run`)
    return false
  }
}

async function lines(command: string, args: string[], settings: ReaderSettings): Promise<PrintedEvent[]> {
  const env = { ...process.env, ...settings }
  const { stdout } = await run(command, args, { env, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 })
  const found = stdout.split('\n').filter((line) => line !== '')
  return found.map((line) => JSON.parse(line))
}

async function pythonWithPackages(): Promise<string> {
  const requirements = join(examples, 'python/requirements.txt')
  const dir = await made('python', requirements, async (partial) => {
    await run('python3', ['-m', 'venv', partial])
    const pip = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '-r', requirements]
    await run(join(partial, 'bin/python'), pip)
  })
  return join(dir, 'bin/python')
}

function javaLibraries(): Promise<string> {
  const pom = join(examples, 'java/pom.xml')
  return made('java', pom, async (partial) => {
    await run('mvn', ['-B', '-q', '-ntp', '-f', pom, 'generate-resources', `-Dlib=${partial}`])
  })
}

/**
 * A directory made once for each content of `source`, also when two test files ask for it at the same time: whoever is first to finish gives it its
 * name. A half-made one of an interrupted run is left aside.
 */
async function made(name: string, source: string, make: (partial: string) => Promise<void>): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12)
  const dir = join(cache, `example-${name}-${hash}`)
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

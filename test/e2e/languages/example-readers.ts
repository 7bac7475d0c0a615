import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '@millrace/local'
import type { WebhookEvent } from '@millrace/schemas'
import { hasJava, hasPython, javaLibraries, pythonWith } from '@millrace/test-support'

const run = promisify(execFile)
const examples = join(root, 'docs/examples')

/** What an example needs to know, as its environment. */
export interface ReaderSettings {
  readonly BROKERS: string
  readonly TOPIC: string
  readonly GROUP: string
  readonly SCHEMAS_DIR: string
  /** Where events are encrypted. */
  readonly MILLRACE_SECRET_KEYS?: string
  readonly KEYS_TOPIC?: string
}

/** An event as the examples print it: the payload is text. */
export type PrintedEvent = Omit<WebhookEvent, 'payload'> & { readonly payload: string }

/** An example of `docs/examples`: its own Kafka client, its own Avro decoder. Resolves with the events that it printed. */
export type ExampleReader = (settings: ReaderSettings) => Promise<PrintedEvent[]>

/** Null where the language is missing. */
export async function pythonReader(): Promise<ExampleReader | null> {
  if (!(await hasPython())) return null
  const python = await pythonWith(join(examples, 'python/requirements.txt'))
  return (settings) => lines(python, [join(examples, 'python/read_events.py'), '--until-end'], settings)
}

/** As `pythonReader`. */
export async function javaReader(): Promise<ExampleReader | null> {
  if (!(await hasJava())) return null
  const lib = await javaLibraries(join(examples, 'java/pom.xml'))
  return (settings) =>
    lines('java', ['-cp', `${lib}/*`, join(examples, 'java/ReadEvents.java'), '--until-end'], settings)
}

async function lines(command: string, args: string[], settings: ReaderSettings): Promise<PrintedEvent[]> {
  const env = { ...process.env, ...settings }
  const { stdout } = await run(command, args, { env, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 })
  const found = stdout.split('\n').filter((line) => line !== '')
  return found.map((line) => JSON.parse(line))
}

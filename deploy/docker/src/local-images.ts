import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fetchJars, findJava, type Say } from '@millrace/local'
import { answer, output } from './engine.ts'

const script = join(import.meta.dirname, '../local/make-images.sh')

/** Images that stand for those of the registries. */
export interface LocalImages {
  /** Node alone; it has no shell. */
  readonly node: string
  /** Kafka, Redis and Postgres. */
  readonly servers: string
}

/**
 * Makes what no registry gives from the packages of Debian or Ubuntu (as root; debootstrap). They are kept: the names tell what they are made of.
 * @throws Error with what is missing
 */
export async function makeLocalImages(say: Say, note: (text: string) => void): Promise<LocalImages> {
  const { maven } = await findJava()
  const kafka = join(await fetchJars(maven, say), 'lib')
  const mark = createHash('sha256').update(process.version).update(kafka)
  for (const file of ['make-images.sh', 'kafka-server', 'postgres-server'])
    mark.update(readFileSync(join(script, '..', file)))
  const tag = mark.digest('hex').slice(0, 12)
  const images = { node: `millrace-local/node:${tag}`, servers: `millrace-local/servers:${tag}` }
  await make('node', images.node, process.execPath, note)
  await make('servers', images.servers, kafka, note)
  return images
}

async function make(what: string, image: string, given: string, note: (text: string) => void): Promise<void> {
  if ((await output('docker', ['image', 'inspect', image])).code === 0) return
  note(`making ${image} from Debian packages (kept for the next time: docker rmi ${image})`)
  await answer(script, [what, image, given])
}

import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { LocalError } from './errors.ts'
import { cacheDir } from './paths.ts'
import { type Say, withProgress } from './say.ts'
import { spawnGuarded } from './watchdog.ts'

const pom = resolve(import.meta.dirname, '../kafka/pom.xml')
const deadlineMs = 5 * 60_000

/** The directory with Kafka's jars (`lib`) and the Redis binaries (`redis`), fetched by Maven when it is not there. */
export async function fetchJars(maven: string, say: Say): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12)
  const directory = join(cacheDir, `kafka-${hash}`)
  if (existsSync(directory)) return directory
  const text = 'Downloading Apache Kafka and Redis from Maven Central (about 65 MB, once)'
  await withProgress(say, text, () => download(maven, directory))
  return directory
}

async function download(maven: string, directory: string): Promise<void> {
  const partial = `${directory}.${randomBytes(4).toString('hex')}`
  mkdirSync(partial, { recursive: true })
  try {
    await runMaven(maven, partial)
    moveInto(partial, directory)
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
}

/** Two processes may fetch at the same time; the first to finish wins, the other one's copy is deleted. */
function moveInto(partial: string, directory: string): void {
  try {
    renameSync(partial, directory)
  } catch (error) {
    if (!existsSync(directory)) throw error
  }
}

function runMaven(maven: string, target: string): Promise<void> {
  const args = ['-B', '-q', '-ntp', '--strict-checksums', '-f', pom, 'generate-resources', `-Dtarget=${target}`]
  return new Promise((resolve, reject) => {
    const child = spawnGuarded(maven, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: deadlineMs })
    let output = ''
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-4_000)
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    child.once('error', (cause) => reject(downloadError(String(cause))))
    child.once('close', (code) => (code === 0 ? resolve() : reject(downloadError(output))))
  })
}

function downloadError(raw: string): LocalError {
  const output = stripVTControlCharacters(raw)
  const reason =
    output.split('\n').find((line) => line.includes('ERROR')) ?? `no end within ${deadlineMs / 60_000} minutes`
  return new LocalError(
    'MR_LOCAL_DOWNLOAD',
    `Maven could not download Kafka and Redis. Check the network (and the mirror in ~/.m2/settings.xml, if any), then run the command again.\n  ${reason.slice(0, 500)}`,
  )
}

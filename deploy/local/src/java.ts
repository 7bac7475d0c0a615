import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { LocalError } from './errors.ts'

export interface JavaTools {
  readonly java: string
  readonly maven: string
  readonly version: number
}

const oldestJava = 17

/** Java (JAVA_HOME, else PATH) and Maven (PATH). Throws MR_LOCAL_JAVA_MISSING with what to install. */
export async function findJava(): Promise<JavaTools> {
  const home = process.env.JAVA_HOME
  const candidates = [...(home ? [join(home, 'bin', 'java')] : []), 'java']
  const java = await firstGood(candidates)
  const maven = (await runs('mvn', ['-v'])) !== undefined
  if (java && java.version >= oldestJava && maven) return { ...java, maven: 'mvn' }
  throw new LocalError('MR_LOCAL_JAVA_MISSING', missing(java?.version, maven))
}

async function firstGood(candidates: readonly string[]): Promise<{ java: string; version: number } | undefined> {
  let best: { java: string; version: number } | undefined
  for (const java of candidates) {
    const out = await runs(java, ['-version'])
    const version = Number(/version "(?:1\.)?(\d+)/.exec(out ?? '')?.[1])
    if (version > (best?.version ?? 0)) best = { java, version }
  }
  return best
}

async function runs(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, [...args], { timeout: 20_000 })
    return stdout + stderr
  } catch {
    return undefined
  }
}

function missing(version: number | undefined, maven: boolean): string {
  const faults = [
    version === undefined ? 'Java is not there' : version < oldestJava ? `Java is ${version}, too old` : undefined,
    maven ? undefined : 'Maven (mvn) is not there',
  ]
  return `Kafka and Redis need one of these, and none is usable (${faults.filter(Boolean).join('; ')}):
  - Java ${oldestJava} or newer and Maven on the PATH  (Debian, Ubuntu: apt-get install openjdk-17-jre-headless maven;  macOS: brew install openjdk@17 maven)
  - a running Docker whose images are there or can be pulled
  - your own servers, named by KAFKA_BROKERS and REDIS_URL`
}

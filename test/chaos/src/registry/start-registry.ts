import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, spawnGuarded } from '@millrace/local'
import { javaLibraries, waitFor } from '@millrace/test-support'

const OLDEST_JAVA = 21
const JVMS = '/usr/lib/jvm'
const run = promisify(execFile)

export interface RunningRegistry {
  /** Of its Confluent-compatible API. */
  readonly url: string
  stop(): Promise<void>
}

/** Apicurio Registry with its data in memory, fetched by Maven once. @param log file for what it says */
export async function startRegistry(log: string): Promise<RunningRegistry> {
  const java = await javaFor()
  const directory = await javaLibraries(join(import.meta.dirname, 'pom.xml'))
  const port = await freePort()
  const output = openSync(log, 'w')
  const options = ['-Xmx512m', `-Dquarkus.http.port=${port}`, '-Dquarkus.http.host=127.0.0.1']
  const child = spawnGuarded(java, [...options, '-jar', 'quarkus-run.jar'], {
    cwd: directory,
    stdio: ['ignore', output, output],
  })
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`
  const answers = () =>
    fetch(`${url}/subjects`).then(
      ({ ok }) => ok,
      () => false,
    )
  await waitFor(answers, { what: `the registry to answer (${log})`, deadlineMs: 120_000, everyMs: 250 })
  return {
    url,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGTERM')
      await exit
    },
  }
}

/** The first Java that is new enough of JAVA_HOME, the PATH and where Linux keeps them. */
async function javaFor(): Promise<string> {
  const homes = [process.env.JAVA_HOME, ...(existsSync(JVMS) ? readdirSync(JVMS).map((name) => join(JVMS, name)) : [])]
  const candidates = [...homes.flatMap((home) => (home ? [join(home, 'bin/java')] : [])), 'java']
  for (const java of candidates) if ((await versionOf(java)) >= OLDEST_JAVA) return java
  throw new Error(`the registry needs Java ${OLDEST_JAVA} or newer: set JAVA_HOME to one`)
}

async function versionOf(java: string): Promise<number> {
  try {
    // Throws at once where the path leads to no program.
    const { stderr } = await run(java, ['-version'])
    return Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0)
  } catch {
    return 0
  }
}

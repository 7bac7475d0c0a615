import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { onInterrupt, runCommand } from './command.ts'
import { root } from './paths.ts'
import { runChild } from './run-child.ts'
import { sayAloud, withProgress } from './say.ts'
import { startStack } from './stack.ts'
import { temporaryDir } from './temporary-dir.ts'
import { countTests, type TestReport } from './test-counts.ts'

/** Files of tests at a time. They wait for servers more than they compute; vitest would run one at a time on two cores. */
const WORKERS = '3'

await runCommand(async (args) => {
  const dir = temporaryDir()
  const interrupt = new AbortController()
  onInterrupt(
    () => interrupt.abort(),
    () => process.exit(130),
  )
  const stack = await withProgress(sayAloud, 'Starting Kafka and Redis for the tests', () =>
    startStack({ dir, isDurable: false, say: sayAloud }),
  )
  console.log(`Tests use ${stack.how}: ${stack.brokers}, ${stack.redisUrl}`)
  const reportFile = join(dir, 'report.json')
  // Tests must not take a person's own servers or tokens from their .env file.
  const env = {
    VITEST_MAX_WORKERS: WORKERS,
    ...process.env,
    KAFKA_BROKERS: stack.brokers,
    REDIS_URL: stack.redisUrl,
    MILLRACE_ENV_FILE: '',
  }
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const code = await runChild([vitest, 'run', ...reporters, ...args], { env, signal: interrupt.signal })
  await stack.stop()
  console.log(countTests(readReport(reportFile), code))
  return code
})

function readReport(file: string): TestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

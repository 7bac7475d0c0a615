import { join } from 'node:path'
import { buildPage } from './build-page.ts'
import { onInterrupt, runCommand } from './command.ts'
import { LocalError } from './errors.ts'
import { claimInstance, describeInstance, releaseInstance } from './instance.ts'
import { type Launched, launch } from './launch.ts'
import { type LocalEnvironment, localEnvironment, portsOf } from './local-env.ts'
import { prepareMcpClient } from './mcp-client.ts'
import { localDir } from './paths.ts'
import { runChild } from './run-child.ts'
import { coloured, sayAloud } from './say.ts'
import { services, simulators } from './services.ts'
import { welcome } from './welcome.ts'

/** Ending in order may take this long; then everything is ended by force. Ten seconds are promised. */
const stopDeadlineMs = 9_000

await runCommand(async (args) => {
  const unknown = args.find((arg) => arg !== '--no-demo')
  if (unknown) throw new LocalError('MR_LOCAL_SETTING', `npm start takes --no-demo, not ${unknown}.`)
  claimInstance()
  process.on('exit', releaseInstance)
  const began = Date.now()
  const interrupt = new AbortController()
  onInterrupt(
    () => interrupt.abort(),
    () => process.exit(130),
  )
  const local = localEnvironment()
  const processes = local.isSimulated ? [...simulators, ...services] : services
  describeInstance({ ports: portsOf(local.env, processes), isSimulated: local.isSimulated })
  // The stack takes longer; the console serves the page as soon as it is there.
  const page = buildPage(interrupt.signal)
  const stack = launch({
    ...local,
    processes,
    createTopics: ['packages/cli/src/main.ts', 'topics', 'create'],
    dir: join(localDir, 'data'),
    say: sayAloud,
    onPids: (pids) => describeInstance({ pids }),
    shout: (text) => sayAloud.line(coloured('red', `!! ${text}`)),
    signal: interrupt.signal,
  })
  stack.up.catch(() => {})
  try {
    const lost = stack.lost.then((error) => {
      throw error
    })
    const launched = await Promise.race([stack.up, aborted(interrupt.signal), lost])
    const problem = await page
    if (problem) sayAloud.line(coloured('red', `!! ${problem}`))
    if (launched) await Promise.race([greet(launched, local, args, began, interrupt.signal), lost])
    await Promise.race([aborted(interrupt.signal), lost])
  } catch (error) {
    // Interrupted in the middle of the start: what comes of that is no fault.
    if (!interrupt.signal.aborted) {
      await stack.stop()
      throw error
    }
  }
  await stopInTime(() => stack.stop())
  return 0
})

async function greet(
  { stack, env }: Launched,
  { isSimulated }: LocalEnvironment,
  args: readonly string[],
  began: number,
  signal: AbortSignal,
): Promise<void> {
  describeInstance({ brokers: stack.brokers, redisUrl: stack.redisUrl, how: stack.how })
  const seconds = ((Date.now() - began) / 1000).toFixed(1)
  sayAloud.line(coloured('bold', `Millrace is up after ${seconds} s.`))
  if (isSimulated)
    sayAloud.line('No FRONT_API_TOKEN is set: the Front API is simulated, and a receiver stands for a customer.')
  if (isSimulated && !args.includes('--no-demo')) {
    sayAloud.line('')
    const code = await runChild(['test/e2e/src/demo.main.ts'], { env, signal })
    if (code !== 0 && !signal.aborted) {
      sayAloud.line(coloured('red', `!! The sample traffic did not go through (exit code ${code}). Logs: .local/logs`))
    }
  }
  if (signal.aborted) return
  const mcpClient = await prepareMcpClient(env, localDir).catch((error: Error) => {
    sayAloud.line(coloured('red', `!! No token for MCP clients, since the console gave none: ${error.message}`))
    return undefined
  })
  sayAloud.line(welcome({ env, how: stack.how, isSimulated, mcpClient }))
}

async function stopInTime(stop: () => Promise<void>): Promise<void> {
  const began = Date.now()
  sayAloud.line('Stopping: services, then Kafka, then Redis (Ctrl-C again ends them at once)')
  const timer = setTimeout(() => {
    sayAloud.line('Some did not end in time and are ended by force.')
    process.exit(1)
  }, stopDeadlineMs)
  await stop()
  clearTimeout(timer)
  sayAloud.line(`Stopped after ${((Date.now() - began) / 1000).toFixed(1)} s.`)
}

function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined)
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }))
}

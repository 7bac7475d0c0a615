import { setTimeout as sleep } from 'node:timers/promises'
import { type DeliveryTry, FRONT_PATH, freshSamples, type Sample, type Subscription } from '@millrace/test-support'
import { type DemoSettings, readDemoSettings } from './demo/demo-settings.ts'
import { postSample, teachSimulator } from './demo/post-sample.ts'

/** What one sample came to. */
interface Outcome {
  readonly sample: Sample
  readonly by: string
  readonly status: number | null
  readonly tries: number
  readonly ms: number
}

type SourceCounts = {
  readonly name: string
  readonly url: string
  readonly events: number
  readonly refused: Record<string, number>
}

const json = { 'content-type': 'application/json' }
const say = (text: string) => console.log(text)

/** Lists sources and subscriptions, subscribes, sends every sample, reports, and takes the subscriptions away again. */
async function testWebhooks(): Promise<number> {
  const settings = readDemoSettings(process.env)
  const before = await readSources(settings)
  tellSources(settings, before)
  const made: Subscription[] = []
  try {
    if (settings.simulatorUrl === null) tellSteps()
    else made.push(...(await subscribe(settings, settings.simulatorUrl)))
    const outcomes: Outcome[] = []
    say(`\nSending every sample, each with an id that was never used:`)
    for (const sample of freshSamples()) {
      const outcome = await send(sample, made, settings)
      outcomes.push(outcome)
      tellOutcome(outcome)
    }
    tellChanges(before, await readSources(settings))
    const failed = outcomes.filter(({ status }) => !isSuccess(status)).length
    say(`\n${outcomes.length - failed} passed, ${failed} failed`)
    return failed === 0 ? 0 : 1
  } finally {
    for (const { id, kind } of made) await unsubscribe(settings.simulatorUrl ?? '', id, kind)
  }
}

async function readSources({ gatewayUrl, statusToken }: DemoSettings): Promise<readonly SourceCounts[]> {
  const headers: Record<string, string> = statusToken === null ? {} : { authorization: `Bearer ${statusToken}` }
  const answer = await fetch(`${gatewayUrl}/api/status`, { headers, signal: AbortSignal.timeout(5_000) }).catch(
    () => null,
  )
  if (answer === null) throw new Error(`no gateway answers at ${gatewayUrl}`)
  if (answer.status === 401)
    throw new Error('the gateway does not take this GATEWAY_STATUS_TOKEN; restart it with the one that is set now')
  return ((await answer.json()) as { sources?: readonly SourceCounts[] }).sources ?? []
}

function tellSources({ gatewayUrl, statusToken }: DemoSettings, sources: readonly SourceCounts[]): void {
  say(`Sources of ${gatewayUrl}:`)
  if (statusToken === null) say('  (GATEWAY_STATUS_TOKEN is not set, so the gateway does not list them)')
  for (const { name, url, events } of sources) say(`  ${name.padEnd(24)} ${url}   ${events} events since its start`)
}

function tellSteps(): void {
  say(`
Front's public API makes no webhooks: with a real account a person sets them up.
  1. Settings > Developers > your app > Features > Application webhooks: URL <WEBHOOK_BASE_URL>${FRONT_PATH}, Save.
  2. Settings > Rules > a rule > Send to a webhook: the same URL.
  npm run millrace -- connect front   leads through it and waits; docs/front-setup.md has it all.
The samples are sent from here instead, signed with the secrets that are set.`)
}

async function subscribe({ gatewayUrl, secrets }: DemoSettings, simulator: string): Promise<Subscription[]> {
  const known = (await (await fetch(`${simulator}/_control/subscriptions`)).json()) as Subscription[]
  say(
    `\nWebhooks in the Front simulator: ${known.length === 0 ? 'none' : known.map(({ id, kind }) => `${id} (${kind})`).join(', ')}`,
  )
  const made: Subscription[] = []
  for (const [kind, secret] of [
    ['app', secrets.front],
    ['rule', secrets.frontRule ?? secrets.front],
  ] as const) {
    const body = JSON.stringify({ kind, secret, url: gatewayUrl + FRONT_PATH })
    const answer = await fetch(`${simulator}/_control/subscriptions`, { method: 'POST', headers: json, body })
    const result = (await answer.json()) as Subscription & { problem?: string }
    if (!answer.ok) throw new Error(result.problem ?? `the simulator answers ${answer.status}`)
    made.push(result)
    say(`  made ${result.id}: ${kind} webhook${kind === 'app' ? '; its challenge was answered' : ''}`)
  }
  return made
}

async function unsubscribe(simulator: string, id: string, kind: string): Promise<void> {
  const { status } = await fetch(`${simulator}/_control/subscriptions/${id}`, { method: 'DELETE' })
  say(status === 204 ? `  deleted ${id} (${kind})` : `  ${id} could not be deleted: the simulator answers ${status}`)
}

/** By Front where Front sends such, else from here. */
async function send(sample: Sample, made: readonly Subscription[], settings: DemoSettings): Promise<Outcome> {
  const by = made.find(({ kind }) => kind === sample.scheme)
  if (settings.simulatorUrl !== null && sample.provider === 'front') await teachSimulator(sample, settings.simulatorUrl)
  if (by === undefined || settings.simulatorUrl === null) {
    const { status, tookMs } = await postSample(sample, settings)
    return { sample, by: `signed here (${sample.scheme})`, status, tries: 1, ms: tookMs }
  }
  const request = { method: 'POST', headers: json, body: JSON.stringify({ body: sample.body.toString() }) }
  const answer = await fetch(`${settings.simulatorUrl}/_control/subscriptions/${by.id}/events`, request)
  const tries = (await answer.json()) as DeliveryTry[]
  const last = tries.at(-1)
  return { sample, by: `${by.id} (${by.kind})`, status: last?.status ?? null, tries: tries.length, ms: last?.ms ?? 0 }
}

function tellOutcome({ sample, by, status, tries, ms }: Outcome): void {
  const again = tries > 1 ? `, ${tries} tries` : ''
  say(
    `  ${isSuccess(status) ? '✓' : '✗'} ${status ?? '---'} in ${String(ms).padStart(5)} ms  ${sample.name.padEnd(49)} ${sample.type.padEnd(23)} ${by}${again}`,
  )
}

function tellChanges(before: readonly SourceCounts[], after: readonly SourceCounts[]): void {
  if (after.length > 0) say('\nWhat the gateway counted meanwhile:')
  for (const { name, events, refused } of after) {
    const old = before.find((source) => source.name === name)
    const rules = Object.entries(refused).map(([rule, count]) => [rule, count - (old?.refused[rule] ?? 0)] as const)
    const told = rules.filter(([, count]) => count > 0).map(([rule, count]) => `, ${count} refused by ${rule}`)
    say(`  ${name.padEnd(24)} ${events - (old?.events ?? 0)} events stored${told.join('')}`)
  }
}

function isSuccess(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300
}

try {
  process.exitCode = await testWebhooks()
} catch (error) {
  console.error(`test:webhooks: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
// Sockets of fetch that are kept alive would hold the process for some seconds.
await sleep(0)
process.exit()

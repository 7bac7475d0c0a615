import { setTimeout as sleep } from 'node:timers/promises'
import {
  defineSettings,
  readSettings,
  readSources,
  type Source,
  sourceSettings,
  webhookSecretSettings,
} from '@millrace/service-kit'
import type { DeliveryTry, Subscription } from '@millrace/test-support'
import { parsed, teachSimulator } from './demo/post-sample.ts'
import { explainAnswer } from './webhooks/explain-answer.ts'
import { currentSecret, type SourceSample, samplesFor, signedHeaders } from './webhooks/source-samples.ts'

/** What one sample came to. */
interface Outcome {
  readonly sample: SourceSample
  readonly by: string
  readonly status: number | null
  readonly answer: unknown
  readonly tries: number
  readonly ms: number
}

interface Installation {
  readonly gatewayUrl: string
  readonly statusToken: string | null
  /** The Front API simulator; null when the real Front is used. */
  readonly simulatorUrl: string | null
  readonly sources: readonly Source[]
  /** What the sources were read from. */
  readonly from: string
}

/** A webhook that was made in the simulator for a source. */
interface Made extends Subscription {
  readonly source: Source
}

type SourceCounts = {
  readonly name: string
  readonly url: string
  readonly events: number
  readonly refused: Record<string, number>
}

/** A synchronous request waits as long for its answer as the gateway does, by its default. */
const ANSWER_WITHIN_MS = 60_000

const json = { 'content-type': 'application/json' }
const say = (text: string) => console.log(text)

/** Lists sources and subscriptions, subscribes, sends samples to every source, reports, and takes the subscriptions away again. */
async function testWebhooks(): Promise<number> {
  const installation = await readInstallation(process.env)
  const before = await readCounts(installation)
  tellSources(installation, before)
  const made: Made[] = []
  try {
    if (installation.simulatorUrl === null) tellSteps(installation.sources)
    else await subscribe(installation, installation.simulatorUrl, made)
    say(`\nSending every sample, each with an id that was never used:`)
    const { passed, failed } = await sendAll(installation, made)
    tellChanges(before, await readCounts(installation))
    say(`\n${passed} passed, ${failed} failed`)
    return failed === 0 && passed > 0 ? 0 : 1
  } finally {
    for (const { id, kind } of made) await unsubscribe(installation.simulatorUrl ?? '', id, kind)
  }
}

/** The sources as the gateway and `millrace verify` read them: of MILLRACE_SOURCES, else those of the single settings. */
async function readInstallation(env: NodeJS.ProcessEnv): Promise<Installation> {
  const { values } = readSettings(defineSettings({ ...sourceSettings, ...webhookSecretSettings }))
  const { sources } = await readSources(values)
  const api = env.FRONT_API_BASE_URL ?? ''
  return {
    gatewayUrl: env.MILLRACE_GATEWAY_URL || `http://127.0.0.1:${env.GATEWAY_PORT || 8000}`,
    statusToken: env.GATEWAY_STATUS_TOKEN || null,
    simulatorUrl: api.startsWith('http://') ? api : null,
    sources,
    from: values.sourcesFile ?? 'WEBHOOK_SECRET, FRONT_RULE_SECRET and MAKE_COM_WEBHOOK_SECRET',
  }
}

async function sendAll(installation: Installation, made: readonly Made[]): Promise<{ passed: number; failed: number }> {
  let [passed, failed] = [0, 0]
  for (const source of installation.sources) {
    const { samples, unsigned } = samplesFor(source)
    for (const sample of samples) {
      const outcome = await send(sample, made, installation)
      tellOutcome(outcome, installation.from)
      if (isSuccess(outcome.status)) passed += 1
      else failed += 1
    }
    if (samples.length === 0) {
      failed += 1
      say(`  ✗ nothing was sent to ${source.name}: no secret of now can sign`)
    }
    if (unsigned.length > 0)
      say(
        `    ${source.name} has no secret of now that can sign ${unsigned.join(', ')}; see secrets in ${installation.from}`,
      )
  }
  return { passed, failed }
}

async function readCounts({ gatewayUrl, statusToken }: Installation): Promise<readonly SourceCounts[]> {
  const headers: Record<string, string> = statusToken === null ? {} : { authorization: `Bearer ${statusToken}` }
  const answer = await fetch(`${gatewayUrl}/api/status`, { headers, signal: AbortSignal.timeout(5_000) }).catch(
    () => null,
  )
  if (answer === null) throw new Error(`no gateway answers at ${gatewayUrl}`)
  if (answer.status === 401)
    throw new Error('the gateway does not take this GATEWAY_STATUS_TOKEN; restart it with the one that is set now')
  return ((await answer.json()) as { sources?: readonly SourceCounts[] }).sources ?? []
}

function tellSources({ gatewayUrl, statusToken, sources, from }: Installation, counts: readonly SourceCounts[]): void {
  say(`Secrets are those of ${from}: ${sources.map(({ name }) => name).join(', ')}.`)
  say(`Sources of ${gatewayUrl}:`)
  if (statusToken === null) say('  (GATEWAY_STATUS_TOKEN is not set, so the gateway does not list them)')
  for (const { name, url, events } of counts) say(`  ${name.padEnd(24)} ${url}   ${events} events since its start`)
}

function tellSteps(sources: readonly Source[]): void {
  const paths = sources.filter(({ provider }) => provider === 'front').map(({ path }) => path)
  if (paths.length > 0)
    say(`
Front's public API makes no webhooks: with a real account a person sets them up.
  1. Settings > Developers > your app > Features > Application webhooks: URL <WEBHOOK_BASE_URL>${paths[0]}, Save.
  2. Settings > Rules > a rule > Send to a webhook: the same URL.
  npm run millrace -- connect front   leads through it and waits; docs/front-setup.md has it all.`)
  say('The samples are sent from here, signed with the secrets that are set.')
}

/** Adds each webhook to `made` as soon as it is there. */
async function subscribe({ gatewayUrl, sources }: Installation, simulator: string, made: Made[]): Promise<void> {
  const known = (await (await fetch(`${simulator}/_control/subscriptions`)).json()) as Subscription[]
  say(
    `\nWebhooks in the Front simulator: ${known.length === 0 ? 'none' : known.map(({ id, kind }) => `${id} (${kind})`).join(', ')}`,
  )
  for (const source of sources.filter(({ provider }) => provider === 'front')) {
    for (const scheme of source.schemes) {
      const secret = currentSecret(source, scheme, Date.now())
      if (secret === undefined || (scheme.name !== 'app' && scheme.name !== 'rule')) continue
      const kind = scheme.name
      const body = JSON.stringify({ kind, secret, url: gatewayUrl + source.path })
      const answer = await fetch(`${simulator}/_control/subscriptions`, { method: 'POST', headers: json, body })
      const result = (await answer.json()) as Subscription & { problem?: string }
      if (!answer.ok) throw new Error(`${source.name}: ${result.problem ?? `the simulator answers ${answer.status}`}`)
      made.push({ ...result, source })
      say(`  made ${result.id}: ${kind} webhook${kind === 'app' ? '; its challenge was answered' : ''}`)
    }
  }
}

async function unsubscribe(simulator: string, id: string, kind: string): Promise<void> {
  const { status } = await fetch(`${simulator}/_control/subscriptions/${id}`, { method: 'DELETE' })
  say(status === 204 ? `  deleted ${id} (${kind})` : `  ${id} could not be deleted: the simulator answers ${status}`)
}

/** By Front where Front sends such, else from here. */
async function send(sample: SourceSample, made: readonly Made[], installation: Installation): Promise<Outcome> {
  const { simulatorUrl } = installation
  const { front, source, scheme } = sample
  const by = made.find((webhook) => webhook.source === source && webhook.kind === scheme.name)
  if (simulatorUrl === null || front === null) return post(sample, installation)
  await teachSimulator(front, simulatorUrl)
  if (by === undefined) return post(sample, installation)
  const request = { method: 'POST', headers: json, body: JSON.stringify({ body: sample.body.toString() }) }
  const answer = await fetch(`${simulatorUrl}/_control/subscriptions/${by.id}/events`, request)
  const tries = (await answer.json()) as DeliveryTry[]
  const last = tries.at(-1)
  return {
    sample,
    by: `${by.id} (${by.kind})`,
    status: last?.status ?? null,
    answer: parsed(last?.answer ?? ''),
    tries: tries.length,
    ms: last?.ms ?? 0,
  }
}

async function post(sample: SourceSample, { gatewayUrl }: Installation): Promise<Outcome> {
  const at = Date.now()
  const response = await fetch(gatewayUrl + sample.source.path, {
    method: 'POST',
    headers: signedHeaders(sample, at),
    body: new Uint8Array(sample.body),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  }).catch(() => null)
  const answer = response === null ? '' : parsed(await response.text())
  const by = `signed here (${sample.scheme.name})`
  return { sample, by, status: response?.status ?? null, answer, tries: 1, ms: Date.now() - at }
}

function tellOutcome({ sample, by, status, answer, tries, ms }: Outcome, from: string): void {
  const again = tries > 1 ? `, ${tries} tries` : ''
  say(
    `  ${isSuccess(status) ? '✓' : '✗'} ${status ?? '---'} in ${String(ms).padStart(5)} ms  ${sample.source.name.padEnd(20)} ${sample.name.padEnd(49)} ${(sample.front?.type ?? '').padEnd(23)} ${by}${again}`,
  )
  if (!isSuccess(status)) for (const line of explainAnswer(status, answer, from)) say(`      ${line}`)
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

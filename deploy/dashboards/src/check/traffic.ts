import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@millrace/local'
import {
  type Behaviour,
  createLife,
  FRONT_PATH,
  freshSamples,
  headersOf,
  live,
  type Receiver,
  type Sample,
  signFront,
  startReceiver,
} from '@millrace/test-support'
import type { Installation } from './installation.ts'
import { GLOBEX_PATH } from './sources.ts'

export interface Traffic {
  stop(): Promise<void>
}

const EVENTS_PER_MINUTE = 120
const ROUND_MS = 4_000
/** Front has bad moments, not only good ones. */
const FRONT_TROUBLE_EVERY = 4

/** How each customer's endpoint behaves, with the options that it is added with. */
const customers: readonly {
  readonly always?: Behaviour
  readonly some?: readonly Behaviour[]
  readonly options: readonly string[]
}[] = [
  { some: [500, { delayMs: 300 }, 200, 200, 200, 503, 200, 200], options: ['--retries', '1m,2m'] },
  { some: [{ status: 429, headers: { 'retry-after': '2' } }, 200, 200, 200, 200, 200], options: [] },
  { always: 500, options: ['--retries', '1m,1m'] },
  { always: 'hang', options: ['--timeout', '1s', '--retries', '1m'] },
  { always: 410, options: [] },
]

/** What a team and its customers do all day, and everything that goes wrong beside it, until it is stopped. */
export async function startTraffic(installation: Installation): Promise<Traffic> {
  const { deployment, sources } = installation
  const { system, gatewayUrl } = deployment
  const { front } = system
  await system.millrace('mode', 'front', 'parallel')
  const receivers = await addCustomers(installation)
  await front.webhooks.add({ kind: 'app', url: `${gatewayUrl}${FRONT_PATH}`, secret: system.webhookSecret })
  await front.webhooks.add({ kind: 'app', url: `${gatewayUrl}${GLOBEX_PATH}`, secret: sources.globexSecret })
  front.webhooks.trouble({ loses: 0.1 })
  const ending = new AbortController()
  const { signal } = ending
  const count = Number.MAX_SAFE_INTEGER
  const life = createLife(front.world, front.company, { seed: 1, conversations: 60 })
  const work = [
    live(life, { eventsPerMinute: EVENTS_PER_MINUTE, count, signal }).catch(() => {}),
    rounds(installation, receivers, signal),
  ]
  return {
    async stop() {
      ending.abort()
      await Promise.all(work)
      await Promise.all(receivers.map(({ receiver }) => receiver.close()))
    },
  }
}

interface Customer {
  readonly receiver: Receiver
  readonly some: readonly Behaviour[]
}

async function addCustomers({ deployment }: Installation): Promise<readonly Customer[]> {
  const { system } = deployment
  const secret = system.endpointSecret
  const add = (url: string, options: readonly string[]) =>
    system.millrace('endpoints', 'add', url, '--types', 'message.*,comment.*', '--secret', secret, ...options)
  await add(system.receiver.url, [])
  await add(`http://127.0.0.1:${await freePort()}/nobody`, ['--retries', '1m'])
  const added: Customer[] = []
  for (const { always, some = [], options } of customers) {
    const receiver = await startReceiver({ secret })
    if (always !== undefined) receiver.always(always)
    await add(receiver.url, options)
    added.push({ receiver, some })
  }
  return added
}

/** Again and again: every published sample, some twice, forged and broken ones, a bad moment of Front, customers in their moods. */
async function rounds(installation: Installation, receivers: readonly Customer[], signal: AbortSignal): Promise<void> {
  const { front } = installation.deployment.system
  for (let round = 0; !signal.aborted; round++) {
    for (const { receiver, some } of receivers) receiver.failWith(some)
    if (round % FRONT_TROUBLE_EVERY === 0) {
      front.fail({ status: 429, count: 2, headers: { 'retry-after': '1' } }, { status: 503, count: 2 })
    }
    await Promise.all([postSamples(installation), postBroken(installation)]).catch(() => {})
    await sleep(ROUND_MS, undefined, { signal }).catch(() => {})
  }
}

async function postSamples({ deployment }: Installation): Promise<void> {
  const { gatewayUrl, system } = deployment
  const secrets = { front: system.webhookSecret, make: system.makeSecret }
  const samples = freshSamples()
  const [first] = samples
  const asked = samples.map((sample) => post(gatewayUrl, sample, headersOf(sample, secrets)))
  await Promise.all(asked)
  if (first !== undefined) await post(gatewayUrl, first, headersOf(first, secrets))
}

/** With another source's secret, with a body that is changed on the way, unsigned, to nobody, and what is no JSON. */
async function postBroken({ deployment, sources }: Installation): Promise<void> {
  const { gatewayUrl, system } = deployment
  const sample = freshSamples()[0]
  if (sample === undefined) return
  const { body } = sample
  const changed = { ...sample, body: Buffer.concat([body, Buffer.from('\n')]) }
  const noJson = { ...sample, body: Buffer.from('{"type":') }
  await Promise.all([
    post(gatewayUrl, sample, signFront(body, 'app', sources.globexSecret)),
    post(gatewayUrl, changed, signFront(body, 'app', system.webhookSecret)),
    post(gatewayUrl, sample, { 'content-type': 'application/json' }),
    post(gatewayUrl, { ...sample, path: GLOBEX_PATH }, signFront(body, 'app', system.webhookSecret)),
    post(gatewayUrl, { ...sample, path: '/api/webhooks/nobody' }, {}),
    post(gatewayUrl, noJson, signFront(noJson.body, 'app', system.webhookSecret)),
  ])
}

async function post(
  gatewayUrl: string,
  { path, body }: Pick<Sample, 'path' | 'body'>,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const answer = await fetch(`${gatewayUrl}${path}`, {
    method: 'POST',
    body: new Uint8Array(body),
    headers,
    signal: AbortSignal.timeout(60_000),
  })
  await answer.text()
}

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Delivery, topics } from '@millrace/schemas'
import { standardWebhooksHeaders } from '@millrace/signing'
import type { TcpProxy } from '@millrace/test-support'
import { FRONT_PATH, signFront } from '@millrace/test-support'
import { keepAsking } from '../restart/keep-asking.ts'
import type { Installation } from './installation.ts'

/** Ends a condition. */
export type End = () => Promise<unknown> | unknown

/** Does something so many times a second until it is ended; what comes of each does not matter. */
export function keepDoing(perSecond: number, act: () => Promise<unknown> | unknown): End {
  const asking = keepAsking(1_000 / perSecond, async () => {
    await act()
    return null
  })
  return () => asking.stop()
}

/** Webhooks whose signature is made up. */
export function forge({ deployment }: Installation, path: string, perSecond: number): End {
  const headers = {
    'content-type': 'application/json',
    'x-front-signature': Buffer.alloc(20).toString('base64'),
    'webhook-id': 'msg_forged',
    'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
    'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}`,
  }
  return keepDoing(perSecond, async () => {
    const body = JSON.stringify({ type: 'forged', id: `evt_${Math.random().toString(36).slice(2)}` })
    const answer = await fetch(`${deployment.gatewayUrl}${path}`, { method: 'POST', headers, body })
    await answer.text()
  })
}

let webhooks = 0

/** A signed webhook of Front about a conversation of nobody else. */
export function webhook(type: { readonly app: string; readonly api: string }): Buffer {
  const id = `${Date.now().toString(36)}${(webhooks++).toString(36)}`
  const at = Date.now() / 1_000
  const conversation = { id: `cnv_d${id}`, subject: 'Drill', status: 'archived', tags: [], created_at: at }
  const payload = { id: `evt_d${id}`, type: type.api, emitted_at: at, conversation }
  return Buffer.from(JSON.stringify({ type: type.app, authorization: { id: 'cmp_drill' }, payload }))
}

/** Posts a body to the source `front` as Front does. */
export async function post({ deployment }: Installation, body: Buffer): Promise<void> {
  const { gatewayUrl, system } = deployment
  const headers = signFront(body, 'app', system.webhookSecret)
  const answer = await fetch(`${gatewayUrl}${FRONT_PATH}`, { method: 'POST', headers, body: new Uint8Array(body) })
  await answer.text()
}

/** Posts a webhook of the partner, rightly signed. */
export async function postAsPartner({ deployment, sources }: Installation): Promise<void> {
  const body = Buffer.from(JSON.stringify({ type: 'order.placed', id: `evt_${Math.random().toString(36).slice(2)}` }))
  const signed = standardWebhooksHeaders({
    id: `msg_${Math.random().toString(36).slice(2)}`,
    timestampSeconds: Math.floor(Date.now() / 1_000),
    body,
    secrets: [sources.partnerSecret],
  })
  const headers = { 'content-type': 'application/json', ...signed }
  const url = `${deployment.gatewayUrl}${sources.partnerPath}`
  const answer = await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) })
  if (!answer.ok) throw new Error(`the partner's webhook was answered ${answer.status}: ${await answer.text()}`)
}

/** Does the same to the connections to each broker, and undoes it. */
export function wires({ wire }: Installation, act: (proxy: TcpProxy) => unknown): End {
  for (const proxy of wire.proxies()) act(proxy)
  return () => {
    for (const proxy of wire.proxies()) proxy.heal()
  }
}

/** A service that is not there until it is started again. */
export async function stopped(here: Installation, name: Parameters<Installation['service']>[0]): Promise<End> {
  const service = here.service(name)
  await service.stop()
  return () => service.start()
}

/** A process that stands still, as on a machine that gives it no time, and then goes on. */
export async function standStill(
  here: Installation,
  name: Parameters<Installation['service']>[0],
  forMs: number,
  meanwhile: () => Promise<unknown> = async () => {},
): Promise<void> {
  const { pid } = here.service(name)
  if (pid === undefined) throw new Error(`${name} does not run`)
  process.kill(pid, 'SIGSTOP')
  await Promise.all([sleep(forMs), meanwhile()])
  process.kill(pid, 'SIGCONT')
}

/**
 * Gives what writes deliveries to the endpoint that is well, as the requesting part of another replica would. What they are made of is read before: a
 * process that stands still amid a transaction holds up all who read what is committed.
 */
export async function deliveriesToRequest({ kafka, customerId }: Installation, count: number) {
  const made: { readonly key: string; readonly delivery: Delivery }[] = []
  for await (const record of kafka.read(topics.requested, { untilEnd: true })) {
    const delivery = kafka.decode(topics.requested, record)
    if (delivery !== null && delivery.endpoint_id !== customerId) made.push({ key: record.key ?? '', delivery })
  }
  if (made.length < count) throw new Error(`only ${made.length} deliveries were requested so far`)
  return async () => {
    const now = Date.now()
    const again = ({ key, delivery }: (typeof made)[number]) =>
      kafka.send(topics.requested, key, {
        ...delivery,
        delivery_id: `msg_${randomUUID()}`,
        requested_at: now,
        due_at: now,
      })
    await Promise.all(made.slice(-count).map(again))
  }
}

/** Something that is done over and over until it is ended. */
export function over(act: () => Promise<unknown>): End {
  let isEnding = false
  const run = async () => {
    while (!isEnding) await act()
  }
  const running = run()
  return async () => {
    isEnding = true
    await running
  }
}

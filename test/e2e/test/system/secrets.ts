import { randomBytes } from 'node:crypto'
import { allTopics, topics } from '@millrace/schemas'
import { FRONT_PATH, freshSamples, signFront, systemServices } from '@millrace/test-support'
import { beforeAll, describe, expect, test } from 'vitest'
import { addReceiver } from '../support/receivers.ts'
import type { TestSystem, UseSystem } from '../support/test-system.ts'

/** What a sender may put where it does not belong: it must not be kept either. */
const strayCanary = `canary-${randomBytes(12).toString('hex')}`

/** Runs last: it looks at all that the system has said, and ends it. */
export function secrets(use: UseSystem): void {
  describe('secrets', () => {
    let webhookId = ''
    const places = new Map<string, Buffer>()

    beforeAll(async () => {
      const system = use()
      webhookId = await provoke(system)
      for (const name of systemServices)
        places.set(`metrics of ${name}`, Buffer.from(await system.service(name).metrics()))
      await Promise.all(allTopics().map(async (topic) => places.set(topic.name, await bytesOf(system, topic))))
      await Promise.all(systemServices.map((name) => system.service(name).stop()))
      for (const name of systemServices) places.set(`log of ${name}`, Buffer.from(system.service(name).log.join('\n')))
      places.set('telemetry', system.telemetry.bytes())
    }, 60_000)

    test.each([
      'webhook secret',
      'Make key',
      'endpoint secret',
      'Front API token',
      'key of stored secrets',
      'status token',
      'credentials that a sender put into headers and URL',
    ])('%s: in no log line, no record, no metrics page and no telemetry', (which) => {
      const forms = formsOf(secretOf(use(), which))
      const found = [...places].filter(([, bytes]) => forms.some((form) => bytes.includes(form)))
      expect(found.map(([place]) => place)).toEqual([])
    })

    test('what is no secret would have been found in these places', () => {
      const found = [...places].filter(([, bytes]) => bytes.includes(webhookId)).map(([place]) => place)
      const wanted = ['log of gateway', topics.received.name, topics.requested.name, topics.attempts.name]
      expect(found).toEqual(expect.arrayContaining(wanted))
      expect(places.get('telemetry')?.includes('millrace.dedup.verdicts')).toBe(true)
      for (const [place, bytes] of places)
        if (place.startsWith('metrics of')) expect(bytes.includes('millrace_')).toBe(true)
    })

    test('every service ends in order when it is told to', () => {
      const ended = systemServices.map((name) => [name, use().service(name).ended])
      expect(ended).toEqual(systemServices.map((name) => [name, 0]))
    })
  })
}

/** Everything goes wrong once that a talkative error might tell secrets about. Gives the webhook_id of an event that met it all. */
async function provoke(system: TestSystem): Promise<string> {
  const sample = freshSamples().find(({ scheme }) => scheme === 'app')
  const { body = Buffer.alloc(0), conversationId = '' } = sample ?? {}
  const { receiver } = await addReceiver(system, { types: '*', conversationId: conversationId ?? '' })
  receiver.failWith(['reset'])
  const path = `/conversations/${conversationId}`
  system.front.fail(
    { path, status: 500, count: 1 },
    { path, how: 'reset', count: 1 },
    { path, how: 'malformed', count: 1 },
  )
  const signed = signFront(body, 'app', system.webhookSecret)
  const stray = { authorization: `Bearer ${strayCanary}`, cookie: `session=${strayCanary}`, 'x-token': strayCanary }
  await system.post(
    `${FRONT_PATH}?token=${strayCanary}`,
    { ...signed, ...stray, 'x-front-signature': strayCanary },
    body,
  )
  await system.post(`/api/webhooks/nobody?token=${strayCanary}`, { ...signed, ...stray }, body)
  await system.postMake(body, { 'x-make-apikey': `${system.makeSecret} x` })
  const answer = await system.post(`${FRONT_PATH}?token=${strayCanary}`, { ...signed, ...stray }, body)
  const eventId = sample?.eventId ?? ''
  await system.topics.wait(topics.attempts, ({ value }) => value.event_id === eventId && value.outcome === 'succeeded')
  await system.topics.wait(topics.snapshots, ({ value }) => value.caused_by.includes(eventId))
  await receiver.close()
  expect(answer.status).toBe(200)
  return answer.headers.get('x-webhook-id') ?? ''
}

function secretOf(system: TestSystem, which: string): string {
  const secrets: Readonly<Record<string, string>> = {
    'status token': system.statusToken,
    'webhook secret': system.webhookSecret,
    'Make key': system.makeSecret,
    'endpoint secret': system.endpointSecret.replace('whsec_', ''),
    'Front API token': system.front.token,
    'key of stored secrets': system.secretKey.slice(system.secretKey.indexOf(':') + 1),
  }
  return secrets[which] ?? strayCanary
}

/** As it is, and as the base64 that a dump would make of it. */
function formsOf(secret: string): string[] {
  const decoded = Buffer.from(secret, 'base64')
  return [secret, Buffer.from(secret).toString('base64').replaceAll('=', ''), decoded.toString('hex')]
}

/** Keys, headers and values of all records, one after the other. */
async function bytesOf(
  { topics: { kafka } }: TestSystem,
  topic: ReturnType<typeof allTopics>[number],
): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const { key, headers, value } of kafka.read(topic, { untilEnd: true })) {
    const names = Array.from(headers.keys(), (name) => Buffer.from(name))
    parts.push(Buffer.from(key ?? ''), ...names, ...headers.values(), value ?? Buffer.alloc(0))
  }
  return Buffer.concat(parts)
}

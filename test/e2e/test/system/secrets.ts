import { randomBytes } from 'node:crypto'
import { allTopics, topics } from '@millrace/schemas'
import { withRedis } from '@millrace/service-kit'
import { type RedisKeys, redisKeys } from '@millrace/service-kit/personal-data'
import { FRONT_PATH, freshSamples, quietLog, signFront, systemServices } from '@millrace/test-support'
import { beforeAll, describe, expect, test } from 'vitest'
import { addReceiver } from '../support/receivers.ts'
import type { TestSystem, UseSystem } from '../support/test-system.ts'

/** What a sender may put where it does not belong: it must not be kept either. */
const strayCanary = `canary-${randomBytes(12).toString('hex')}`

/** What the event of a person says, by what it is; none of it is in another sample. */
const mark = randomBytes(6).toString('hex')
const personal = {
  address: `canary-${mark}@example.com`,
  name: `Canary ${mark}`,
  subject: `Subject ${mark}?`,
  text: `Canaries are birds ${mark}.`,
} as const

/** Runs last: it looks at all that the system has said, and ends it. */
export function secrets(use: UseSystem): void {
  describe('secrets', () => {
    let webhookId = ''
    const places = new Map<string, Buffer>()
    let redis: ReadonlyMap<string, number> = new Map()

    beforeAll(async () => {
      const system = use()
      webhookId = await provoke(system)
      for (const name of systemServices)
        places.set(`metrics of ${name}`, Buffer.from(await system.service(name).metrics()))
      await Promise.all(allTopics().map(async (topic) => places.set(topic.name, await bytesOf(system, topic))))
      redis = await keysOf(system)
      await Promise.all(systemServices.map((name) => system.service(name).stop()))
      for (const name of systemServices) places.set(`log of ${name}`, Buffer.from(system.service(name).log.join('\n')))
      places.set('telemetry', system.telemetry.bytes())
    })

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

    test.each(Object.entries(personal))(
      '%s of a person: in no log line, no metrics page and no telemetry',
      (_, said) => {
        const found = [...places].filter(([place, bytes]) => isSignal(place) && holds(bytes, said))
        expect(found.map(([place]) => place)).toEqual([])
      },
    )

    test('what a person says would have been found in these places', () => {
      const found = [...places].filter(([, bytes]) => Object.values(personal).every((said) => holds(bytes, said)))
      const wanted = [topics.received.name, topics.events.name, topics.requested.name]
      expect(found.map(([place]) => place)).toEqual(expect.arrayContaining(wanted))
    })

    test('every key in Redis has a listed form, and ends by itself unless the list says otherwise', () => {
      const listed = Array.from(redis, ([key, ttl]) => ({
        key,
        ttl,
        keys: redisKeys.filter((keys) => isOf(key, keys)),
      }))
      expect(listed.filter(({ keys }) => keys.length === 0).map(({ key }) => key)).toEqual([])
      const endless = listed.filter(({ ttl, keys }) => ttl < 0 && !keys.some(({ isLasting }) => isLasting === true))
      expect(endless.map(({ key }) => key)).toEqual([])
      expect(listed.length).toBeGreaterThan(20)
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
  const { conversationId = '' } = sample ?? {}
  const body = ofPerson(sample?.body ?? Buffer.alloc(0))
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

/** The sample as somebody else would have written it. */
function ofPerson(body: Buffer): Buffer {
  const text = body
    .toString()
    .replaceAll('sabrina@fictionalcustomer.com', personal.address)
    .replaceAll('Sabrina Calhoun', personal.name)
    .replaceAll('Package update?', personal.subject)
    .replaceAll('I placed an order last week with Brandon.', personal.text)
  return Buffer.from(text)
}

const isSignal = (place: string) => place === 'telemetry' || /^(?:log|metrics) of /.test(place)

/** As it is, in a URL or id, or as the base64 that a dump would make of it. */
function holds(bytes: Buffer, text: string): boolean {
  const inBase64 = Buffer.from(text).toString('base64').replaceAll('=', '').slice(0, -1)
  return [text, text.toLowerCase(), encodeURIComponent(text), inBase64].some((form) => bytes.includes(form))
}

/** Every key of the system without its prefix, and the milliseconds that it lives on; -1 where it does not end. */
async function keysOf({ prefix }: TestSystem): Promise<Map<string, number>> {
  const { REDIS_URL: redisUrl = '' } = process.env
  return withRedis({ redisUrl, redisPrefix: '' }, quietLog, async (redis) => {
    const names: string[] = []
    for await (const some of redis.scanStream({ match: `${prefix}*`, count: 1_000 })) names.push(...(some as string[]))
    const ttls = await Promise.all(names.map((name) => redis.pttl(name)))
    // -2: it ended meanwhile.
    const kept = names.flatMap((name, place) =>
      ttls[place] === -2 ? [] : [[name.slice(prefix.length), ttls[place] ?? -1] as const],
    )
    return new Map(kept)
  })
}

function isOf(key: string, { patterns }: RedisKeys): boolean {
  const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  return patterns.some((pattern) =>
    new RegExp(
      `^${pattern
        .split(/<[^>]*>/)
        .map(escaped)
        .join('.+')}$`,
    ).test(key),
  )
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

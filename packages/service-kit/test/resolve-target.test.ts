import { type NameServer, startNameServer } from '@millrace/test-support'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTargetResolver, TargetRefused, targetsOf } from '../src/resolve-target.ts'
import corpus from './fixtures/endpoint-urls.json' with { type: 'json' }

/** Of a name server that answers: a busy machine must not make it look silent. */
const PATIENT_MS = 10_000
let names: NameServer
beforeAll(async () => {
  names = await startNameServer(corpus.names)
})
afterAll(() => names.close())

function strict(server = names.address) {
  return targetsOf({
    allowHttp: false,
    allowPrivate: false,
    targetPorts: ['443', '8443'],
    ownRanges: corpus.own_ranges,
    dnsServers: [server],
    dnsTimeoutMs: PATIENT_MS,
  })
}

test('the corpus has at least 150 URLs that must be refused', () => {
  expect(new Set(corpus.refused.map(({ url }) => url)).size).toBeGreaterThanOrEqual(150)
})

test('not one of the corpus passes, and each is refused by the rule that stands beside it', async () => {
  const targets = strict()
  const wrong = []
  for (const { url, rule } of corpus.refused) {
    const verdict = await targets.check(url)
    if (verdict.ok || verdict.rule !== rule) wrong.push({ url, rule, verdict })
  }
  expect(wrong).toEqual([])
})

test.each(corpus.accepted)('%s is accepted', async (url) =>
  expect(await strict().check(url)).toMatchObject({ ok: true }),
)

describe('a name', () => {
  async function resolving(answers: Parameters<typeof startNameServer>[0], timeoutMs = PATIENT_MS) {
    const server = await startNameServer(answers)
    const resolver = createTargetResolver({
      allowPrivate: false,
      ownRanges: [],
      servers: [server.address],
      timeoutMs,
    })
    return { server, resolver }
  }
  /** What a connection gets: the judged addresses, or the refusal. */
  async function connecting(resolver: ReturnType<typeof createTargetResolver>, host: string): Promise<unknown> {
    const resolved = await resolver.resolve(host)
    if (!resolved.ok) throw new TargetRefused(resolved.rule, resolved.detail)
    return resolved.addresses
  }

  test('that changes its address between saving and connecting is refused when connecting', async () => {
    let addresses = ['93.184.215.14']
    const { server, resolver } = await resolving({ 'rebind.customer.net': () => addresses })
    expect(await connecting(resolver, 'rebind.customer.net')).toEqual([{ address: '93.184.215.14', family: 4 }])
    addresses = ['127.0.0.1']
    const later = createTargetResolver({
      allowPrivate: false,
      ownRanges: [],
      servers: [server.address],
      timeoutMs: PATIENT_MS,
    })
    await expect(connecting(later, 'rebind.customer.net')).rejects.toMatchObject({ rule: 'address-forbidden' })
    await server.close()
  })

  test('that flips at every question never hands over an address that was not judged', async () => {
    let turn = 0
    const { server } = await resolving({})
    await server.close()
    const flipping = await startNameServer({
      'flip.customer.net': () => (turn++ % 3 === 0 ? ['93.184.215.14'] : ['127.0.0.1']),
    })
    for (let tries = 0; tries < 50; tries++) {
      const resolver = createTargetResolver({
        allowPrivate: false,
        ownRanges: [],
        servers: [flipping.address],
        timeoutMs: PATIENT_MS,
      })
      const handed = await connecting(resolver, 'flip.customer.net').catch((refused: TargetRefused) => refused.rule)
      expect([JSON.stringify([{ address: '93.184.215.14', family: 4 }]), '"address-forbidden"']).toContain(
        JSON.stringify(handed),
      )
    }
    await flipping.close()
  })

  test('that does not exist is its own fault; that nobody answers for is ours', async () => {
    const { server, resolver } = await resolving({}, 1_000)
    server.behave('silent')
    expect(await resolver.resolve('a.customer.net')).toMatchObject({ ok: false, rule: 'resolver-failed' })
    server.behave('answer')
    expect(await resolver.resolve('b.customer.net')).toMatchObject({ ok: false, rule: 'name-unresolved' })
    await server.close()
  })

  test('that alone gets no answer while others do is its own fault', async () => {
    const { server, resolver } = await resolving({ 'good.customer.net': ['93.184.215.14'] }, 1_000)
    expect(await resolver.resolve('good.customer.net')).toMatchObject({ ok: true })
    server.behave('silent')
    expect(await resolver.resolve('dead.customer.net')).toMatchObject({ ok: false, rule: 'name-unresolved' })
    await server.close()
  })

  test('whose zone is broken is its own fault', async () => {
    const { server, resolver } = await resolving({})
    server.behave('SERVFAIL')
    expect(await resolver.resolve('a.customer.net')).toMatchObject({ ok: false, rule: 'name-unresolved' })
    await server.close()
  })

  test('is asked for once by many connections at a time', async () => {
    const { server, resolver } = await resolving({ 'busy.customer.net': ['93.184.215.14'] })
    await Promise.all(Array.from({ length: 100 }, () => resolver.resolve('busy.customer.net')))
    expect(server.asked()).toBe(2)
    await server.close()
  })
})

import { describePayload } from '@millrace/domain'
import { frontApp, frontRule, verify } from '@millrace/signing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { FrontItem } from '../src/front-simulator/item.ts'
import { createLife } from '../src/front-simulator/life.ts'
import { type FrontSimulator, startFrontSimulator } from '../src/front-simulator/server.ts'
import { type HookReceiver, startHookReceiver } from './support/hook-receiver.ts'

let front: FrontSimulator
let hooks: HookReceiver

beforeEach(async () => {
  front = await startFrontSimulator({ repeatAfterMs: 1 })
  hooks = await startHookReceiver()
})
afterEach(async () => {
  await front.close()
  await hooks.close()
})

interface List {
  readonly _results: readonly (Record<string, unknown> & { id: string })[]
  readonly _pagination: { readonly next: string | null }
}

async function get<T = Record<string, unknown>>(path: string, token = front.token): Promise<T> {
  const url = path.startsWith('http') ? path : front.url + path
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, redirect: 'manual' })
  return (response.status < 300 ? await response.json() : { status: response.status, headers: response.headers }) as T
}

function conversationOf({ conversation }: FrontItem): string {
  return (conversation as FrontItem).id
}

test('a conversation lives: every act is seen in it, in its lists and in its events', async () => {
  const id = conversationOf(front.company.open({ subject: 'Where is it?' }))
  front.company.reply(id, { text: 'On its way' })
  front.company.comment(id, 'Asked the carrier')
  front.company.tag(id, 'urgent')
  front.company.assign(id, 'kim')
  front.company.move(id, 'inb_billing')
  front.company.archive(id)
  expect(await get(`/conversations/${id}`)).toMatchObject({
    subject: 'Where is it?',
    status: 'archived',
    assignee: { id: 'tea_kim' },
    tags: [{ name: 'urgent' }],
  })
  const messages = await get<List>(`/conversations/${id}/messages`)
  expect(messages._results.map(({ is_inbound }) => is_inbound)).toEqual([false, true])
  expect((await get<List>(`/conversations/${id}/comments`))._results).toMatchObject([{ body: 'Asked the carrier' }])
  expect((await get<List>(`/conversations/${id}/inboxes`))._results).toMatchObject([{ id: 'inb_billing' }])
  const events = await get<List>(`/conversations/${id}/events`)
  const types = events._results.map(({ type }) => type)
  expect(types).toEqual(['archive', 'move', 'assign', 'tag', 'comment', 'out_reply', 'inbound'])
  front.company.receive(id)
  expect(await get(`/conversations/${id}`)).toMatchObject({ status: 'assigned' })
})

test('events are listed 15 a page, after a time, in either order, whole', async () => {
  const id = conversationOf(front.company.open())
  for (let count = 0; count < 39; count++) front.company.comment(id, `Note ${count}`)
  const seen: string[] = []
  let next: string | null = '/events?sort_order=asc&limit=100'
  while (next) {
    const page: List = await get<List>(next)
    expect(page._results.length).toBeLessThanOrEqual(15)
    seen.push(...page._results.map((event) => event.id))
    next = page._pagination.next
  }
  const all = front.world.events().reverse()
  expect(seen).toEqual(all.map((event) => event.id))
  const after = Number(all[20]?.emitted_at)
  const later = await get<List>(`/events?q[after]=${after}&q[types]=comment`)
  expect(later._results.every(({ emitted_at }) => Number(emitted_at) > after)).toBe(true)
  expect(seen).toHaveLength(40)
  const [first] = (await get<List>('/events?sort_order=asc'))._results
  expect(first).toMatchObject({
    conversation: { id, subject: expect.any(String) },
    target: { data: { text: 'Hello' } },
  })
})

test('an event may be listed later than it happened', async () => {
  front.world.listLate(60_000)
  const event = front.company.open()
  expect((await get<List>('/events'))._results).toEqual([])
  expect(await get(`/events/${event.id}`)).toMatchObject({ id: event.id })
})

test('the conversations updated last come first, also those that no event tells of', async () => {
  const [one, two, three] = [front.company.open(), front.company.open(), front.company.open()].map(conversationOf)
  const told = front.world.events().length
  front.company.massChange([one ?? ''], { status: 'archived', updated_at: Date.now() / 1000 + 5 })
  await get('/me')
  expect(front.world.events()).toHaveLength(told)
  expect((await get<List>('/conversations'))._results.map(({ id }) => id)).toHaveLength(3)
  expect(await get(`/conversations/${one}`)).toMatchObject({ status: 'archived' })
  expect(front.company.massMove('inb_support', 'inb_sales')).toBe(3)
  expect((await get<List>(`/conversations/${two}/inboxes`))._results).toMatchObject([{ id: 'inb_sales' }])
  const [imported] = front.company.importHistory(1)
  expect((await get<List>('/conversations'))._results.map(({ id }) => id)).toEqual(
    expect.arrayContaining([imported, three]),
  )
})

test('a merged conversation answers 301, its messages and events are the survivor’s', async () => {
  const [from, into] = [front.company.open(), front.company.open()].map(conversationOf)
  front.company.merge(from ?? '', into ?? '')
  expect(await get(`/conversations/${from}/messages`)).toMatchObject({ status: 301 })
  expect((await get<List>(`/conversations/${into}/messages`))._results).toHaveLength(2)
  const [merge] = (await get<List>('/events?q[types]=conversations_merged'))._results
  expect(describePayload('front', merge)).toMatchObject({ type: 'conversation.merged', conversationId: into })
})

test('an app webhook is signed and in full, a rule webhook may be a preview; both are what domain reads', async () => {
  await front.webhooks.add({ kind: 'app', url: hooks.url, secret: 'app-secret' })
  await front.webhooks.add({ kind: 'rule', url: hooks.url, secret: 'rule-secret', previews: 1, types: ['tag'] })
  const id = conversationOf(front.company.open())
  front.company.tag(id, 'urgent')
  const posts = await hooks.wait(3)
  const apps = posts.filter(({ headers }) => headers['x-front-request-timestamp'])
  const read = (body: Buffer) => describePayload('front', JSON.parse(body.toString()))
  const told = (type: string) => expect.objectContaining({ type, conversationId: id, completeness: 'full' })
  expect(apps.map(({ body }) => read(body))).toEqual(
    expect.arrayContaining([told('message.received'), told('conversation.tagged')]),
  )
  const rule = posts.find(({ headers }) => !headers['x-front-request-timestamp'])
  expect(read(rule?.body ?? Buffer.from(''))).toMatchObject({ type: 'conversation.tagged', completeness: 'partial' })
  const verdictOf = ({ body, headers }: (typeof posts)[number], scheme: typeof frontApp, secret: string) =>
    verify(scheme, { body, headers: headers as Record<string, string> }, [{ id: 's', secret }], Date.now())
  for (const post of apps) expect(verdictOf(post, frontApp, 'app-secret')).toMatchObject({ ok: true })
  expect(rule && verdictOf(rule, frontRule, 'rule-secret')).toMatchObject({ ok: true })
})

test('an app webhook is repeated up to three times, a rule webhook never', async () => {
  await front.webhooks.add({ kind: 'app', url: hooks.url, secret: 'a' })
  await front.webhooks.add({ kind: 'rule', url: hooks.url, secret: 'r' })
  hooks.answer(503)
  front.company.open()
  await hooks.wait(5)
  const counts = () => front.webhooks.counts()
  await expect.poll(counts, { timeout: 60_000 }).toMatchObject({ failed: 2, delivered: 0, open: 0 })
  expect(hooks.posts()).toHaveLength(5)
})

test('private inboxes: only rules tell of them, and the API refuses', async () => {
  front.world.putInbox({ id: 'inb_own', name: 'Own', is_private: true })
  await front.webhooks.add({ kind: 'app', url: hooks.url, secret: 'a' })
  await front.webhooks.add({ kind: 'rule', url: hooks.url, secret: 'r' })
  const id = conversationOf(front.company.open({ inbox: 'inb_own' }))
  const [only] = await hooks.wait(1)
  expect(only?.headers['x-front-request-timestamp']).toBeUndefined()
  expect(await get(`/conversations/${id}`)).toMatchObject({ status: 403 })
  expect((await get<List>('/events'))._results).toEqual([])
  expect((await get<List>('/conversations'))._results).toEqual([])
  expect(hooks.posts()).toHaveLength(1)
})

test('webhooks are lost and late on command, the same ones for a seed', async () => {
  const lostOf = async (): Promise<readonly number[]> => {
    const other = await startFrontSimulator({ seed: 7 })
    await other.webhooks.add({ kind: 'rule', url: hooks.url, secret: 'r' })
    other.webhooks.trouble({ loses: 0.3, delays: 0.2, delayMs: 60_000 })
    const ids = Array.from({ length: 40 }, () => other.company.open().id)
    const lost = other.webhooks.lost().map((id) => ids.indexOf(id))
    expect(other.webhooks.late().length).toBeGreaterThan(0)
    expect(other.webhooks.counts()).toMatchObject({ lost: lost.length, late: other.webhooks.late().length })
    await other.close()
    return lost
  }
  const lost = await lostOf()
  expect(lost.length).toBeGreaterThan(3)
  expect(await lostOf()).toEqual(lost)
})

test('a team at work is the same for a seed', () => {
  const play = (seed: number): string => {
    const told = front.world.events().length
    const life = createLife(front.world, front.company, { seed, conversations: 30 })
    for (let count = 0; count < 3_000; count++) life.step()
    const events = front.world.events().reverse().slice(told)
    const names = new Map<string, number>()
    const numberOf = (id: string) => names.get(id) ?? names.set(id, names.size).get(id)
    return events.map((event) => `${event.type} ${numberOf(conversationOf(event))}`).join('\n')
  }
  const first = play(3)
  front.reset()
  expect(play(3)).toBe(first)
  front.reset()
  expect(play(4)).not.toBe(first)
  for (const word of ['conversations_merged', 'trash', 'restore', 'untag', 'reopen', 'move'])
    expect(first).toContain(word)
})

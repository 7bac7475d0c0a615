import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { createActor } from '../../src/access/actor.ts'
import { type App, defineRoutes } from '../../src/access/define-routes.ts'
import type { Deps } from '../../src/deps.ts'
import { pageFrom, readCursor } from '../../src/read/cursor.ts'
import { idParams, pageOf, paging } from '../../src/read/schemas/common.ts'
import { createServer } from '../../src/server.ts'

const query = z.object({ type: z.string().optional(), redriven: z.enum(['true', 'false']).default('false'), ...paging })
const numbers = Array.from({ length: 10 }, (_, n) => n)

/** The numbers from a cursor on, whatever the filter. */
const list = defineRoutes((app) => {
  const schema = { querystring: query, response: { 200: pageOf(z.number()) } }
  const answer = ({ limit, cursor }: z.infer<typeof query>) => {
    const after = readCursor(cursor, z.tuple([z.number()]))?.[0] ?? -1
    return pageFrom(numbers.slice(after + 1, after + 2 + limit), limit, (n) => [n], Number)
  }
  app.get('/numbers', { config: { role: 'viewer' }, schema }, async (request) => answer(request.query))
  const search = { body: query, response: { 200: pageOf(z.number()) } }
  const config = { role: 'viewer', isSearch: true } as const
  app.post('/numbers/search', { config, schema: search }, async (request) => answer(request.body))
  const ofOne = { ...schema, params: idParams('topic') }
  app.get('/topics/:topic', { config: { role: 'viewer' }, schema: ofOne }, async (request) => answer(request.query))
})

let app: App
beforeAll(async () => {
  const grants = [{ tenant: '*', role: 'viewer' } as const]
  const actor = createActor({ id: 'a', name: 'a', kind: 'token', personId: 'a', tokenId: 'a', grants })
  const parts = {
    log: { error: () => {}, warn: () => {} },
    isTenant: async () => true,
    isDatabaseAway: () => false,
    databaseAwaySince: () => undefined,
    identify: async () => ({ actor, session: undefined }),
  }
  app = await createServer([list], {} as Deps, parts, { version: '1', trustedProxies: [], pageDir: '/nonexistent' })
})
afterAll(() => app.close())

async function ask(path: string, parameters: Readonly<Record<string, string>>) {
  const answer = await app.inject({ url: `/api/v1/tenants/${path}`, query: parameters })
  return { status: answer.statusCode, body: answer.json() }
}

async function cursorOf(path: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  return (await ask(path, { limit: '3', ...parameters })).body.next_cursor
}

test('a cursor goes on with the parameters it was made with, however they are said, and any size of page', async () => {
  const cursor = await cursorOf('default/numbers', { type: 'message.*' })
  const next = await ask('default/numbers', { redriven: 'false', limit: '2', type: 'message.*', cursor })
  expect(next).toMatchObject({ status: 200, body: { items: [3, 4] } })
  const last = await ask('default/numbers', { limit: '9', type: 'message.*', cursor: next.body.next_cursor })
  expect(last).toMatchObject({ status: 200, body: { items: [5, 6, 7, 8, 9], next_cursor: null } })
})

test.each([
  ['another value', { type: 'comment.*' }, '`type`'],
  ['one less', {}, '`type`'],
  ['one more', { type: 'message.*', redriven: 'true' }, '`redriven`'],
  ['several others', { redriven: 'true' }, '`redriven`, `type`'],
])('with other parameters it is refused, and they are named: %s', async (_, parameters, names) => {
  const cursor = await cursorOf('default/numbers', { type: 'message.*' })
  const { status, body } = await ask('default/numbers', { ...parameters, cursor })
  expect(status).toBe(400)
  const detail = `was made with another ${names}: begin without a cursor`
  expect(body).toMatchObject({ code: 'MR_CONSOLE_INVALID', errors: [{ pointer: 'query/cursor', detail }] })
})

test('of a search the parameters are those of its body', async () => {
  const search = async (payload: object) => {
    const answer = await app.inject({ method: 'POST', url: '/api/v1/tenants/default/numbers/search', payload })
    return { status: answer.statusCode, body: answer.json() }
  }
  const { next_cursor: cursor } = (await search({ limit: 3, type: 'a' })).body
  expect(await search({ limit: 2, type: 'a', cursor })).toMatchObject({ status: 200, body: { items: [3, 4] } })
  const detail = 'was made with another `type`: begin without a cursor'
  expect(await search({ type: 'b', cursor })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/cursor', detail }] },
  })
})

test('a cursor of another list, tenant or topic is refused', async () => {
  const cursor = await cursorOf('default/topics/a', {})
  expect((await ask('default/topics/%61/', { cursor })).status).toBe(200)
  for (const path of ['default/topics/b', 'other/topics/a', 'default/numbers']) {
    const { status, body } = await ask(path, { cursor })
    expect({ path, status, errors: body.errors }).toEqual({
      ...{ path, status: 400 },
      errors: [{ pointer: 'query/cursor', detail: 'is of another list' }],
    })
  }
})

test('what is no cursor is refused', async () => {
  const list = (await cursorOf('default/numbers', {})).split('.')[1]
  for (const cursor of ['x', '.', '...', `x.${list}`, `WyJhIl0.${list}`])
    expect({ cursor, status: (await ask('default/numbers', { cursor })).status }).toEqual({ cursor, status: 400 })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAccounts } from '../../src/access/accounts.ts'
import { giveFirstCode } from '../../src/access/codes.ts'
import { ConsoleError } from '../../src/errors.ts'
import { everywhere, inTenant, startTestConsole, type TestConsole } from '../support/console.ts'
import { databaseKinds } from '../support/databases.ts'

const password = 'correct horse battery'

describe.each(databaseKinds)('on %s', (kind) => {
  let console: TestConsole
  let firstCode: string
  let admin: Record<string, string>

  beforeAll(async () => {
    console = await startTestConsole({ kind })
    firstCode = (await giveFirstCode(console.deps.db, Date.now()))?.code ?? ''
  })
  afterAll(() => console.close())

  async function call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, headers = {}, body?: object) {
    const payload = body === undefined ? {} : { payload: body }
    const answer = await console.app.inject({ method, url: `/api/v1${path}`, headers, ...payload })
    return {
      status: answer.statusCode,
      json: answer.body === '' ? undefined : answer.json(),
      cookie: cookieOf(answer.headers),
      headers: answer.headers,
    }
  }
  const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })
  const logIn = (body: object) => call('POST', '/login', {}, body)
  async function session(body: object) {
    const { status, json, cookie } = await logIn(body)
    expect(status).toBe(200)
    return { cookie, 'x-csrf-token': json.csrf_token as string }
  }

  test('the first link makes the administrator, once, and lets them set a password without knowing one', async () => {
    const { status, json, headers } = await logIn({ code: firstCode })
    expect(status).toBe(200)
    expect(json).toMatchObject({ name: 'admin', kind: 'user', everywhere: 'admin', has_password: false })
    expect(json.tenants).toEqual([inTenant('default', 'admin'), inTenant('other', 'admin')])
    const cookie = String(headers['set-cookie'])
    expect(cookie).toMatch(
      /^__Host-millrace-session=[\w-]{43}; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Strict$/,
    )
    expect((await logIn({ code: firstCode })).json.code).toBe('MR_CONSOLE_LOGIN')
    const own = { cookie: cookieOf(headers), 'x-csrf-token': json.csrf_token }
    expect((await call('PUT', '/me/password', own, { password: 'too short' })).status).toBe(400)
    expect((await call('PUT', '/me/password', own, { password })).status).toBe(204)
    admin = await session({ name: 'admin', password })
    expect((await call('GET', '/me', admin)).json).toMatchObject({ has_password: true, approvals: 'two-person' })
  })

  test('once somebody can log in as administrator there is no first link, and one that is left is worth nothing', async () => {
    expect(await giveFirstCode(console.deps.db, Date.now())).toBeUndefined()
    const { password: kept } = await console.deps.db
      .selectFrom('users')
      .select('password')
      .where('name', '=', 'admin')
      .executeTakeFirstOrThrow()
    await console.deps.db.updateTable('users').set({ password: null }).where('name', '=', 'admin').execute()
    const late = await giveFirstCode(console.deps.db, Date.now())
    await console.deps.db.updateTable('users').set({ password: kept }).where('name', '=', 'admin').execute()
    expect((await logIn({ code: late?.code })).status).toBe(401)
  })

  test('a password is kept as argon2id, and its change needs the one before and ends all other sessions', async () => {
    const { password: kept } = await console.deps.db
      .selectFrom('users')
      .select('password')
      .where('name', '=', 'admin')
      .executeTakeFirstOrThrow()
    expect(kept).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
    const other = await session({ name: 'admin', password })
    const wrong = await call('PUT', '/me/password', admin, { password: `${password}!`, current: 'something else' })
    expect(wrong.json).toMatchObject({ status: 400, errors: [{ pointer: '/current' }] })
    expect((await call('PUT', '/me/password', admin, { password, current: password })).status).toBe(204)
    expect((await call('GET', '/me', other)).status).toBe(401)
    expect((await call('GET', '/me', admin)).status).toBe(200)
  })

  test('a wrong name, a wrong password and a disabled user are told apart by nobody', async () => {
    const { json } = await call('POST', '/users', admin, { name: 'gone', roles: [inTenant('default', 'viewer')] })
    await call('PATCH', `/users/${json.user.id}`, admin, { is_disabled: true })
    const answers = await Promise.all([
      logIn({ name: 'nobody', password }),
      logIn({ name: 'admin', password: 'wrong password' }),
      logIn({ name: 'gone', password }),
      logIn({ code: codeOf(json.link) }),
    ])
    for (const { status, json } of answers)
      expect({ status, code: json.code, detail: json.detail }).toEqual({
        status: 401,
        code: 'MR_CONSOLE_LOGIN',
        detail: answers[0]?.json.detail,
      })
    await session({ name: 'ADMIN', password })
  })

  test('ten failed logins with a name close it for a while; a one-time link still opens', async () => {
    const { json } = await call('POST', '/users', admin, { name: 'guessed', roles: [inTenant('default', 'viewer')] })
    const own = await session({ code: codeOf(json.link) })
    await call('PUT', '/me/password', own, { password })
    const tries = await Promise.all(
      Array.from({ length: 15 }, () => logIn({ name: 'guessed', password: 'wrong password' })),
    )
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(10)
    const right = await logIn({ name: 'guessed', password })
    expect(right.json.code).toBe('MR_CONSOLE_TOO_MANY')
    expect(Number(right.headers['retry-after'])).toBeGreaterThan(800)
    const link = await call('POST', `/users/${json.user.id}/link`, admin)
    await session({ code: codeOf(link.json.link) })
  })

  test('a user’s roles hold from the next request on', async () => {
    const { json } = await call('POST', '/users', admin, {
      name: 'ada',
      email: 'ada@example.com',
      roles: [inTenant('default', 'viewer')],
    })
    const ada = await session({ code: codeOf(json.link) })
    expect((await call('GET', '/tenants/default', ada)).json).toEqual(inTenant('default', 'viewer'))
    expect((await call('GET', '/users', ada)).status).toBe(403)
    await call('PATCH', `/users/${json.user.id}`, admin, { roles: [inTenant('other', 'operator')] })
    expect((await call('GET', '/tenants/default', ada)).status).toBe(404)
    expect((await call('GET', '/tenants/other', ada)).json.role).toBe('operator')
    await call('PATCH', `/users/${json.user.id}`, admin, { is_disabled: true })
    expect((await call('GET', '/me', ada)).status).toBe(401)
  })

  test('the last administrator of everything cannot be lost', async () => {
    const { json: me } = await call('GET', '/me', admin)
    for (const change of [{ is_disabled: true }, { roles: [inTenant('default', 'admin')] }])
      expect((await call('PATCH', `/users/${me.id}`, admin, change)).json.code).toBe('MR_CONSOLE_CONFLICT')
    expect((await call('GET', '/users', admin)).status).toBe(200)
  })

  test('a name is taken once, and roles name a tenant once', async () => {
    expect((await call('POST', '/users', admin, { name: 'admin', roles: [] })).json.code).toBe('MR_CONSOLE_CONFLICT')
    const twice = { name: 'twice', roles: [inTenant('default', 'viewer'), inTenant('default', 'admin')] }
    expect((await call('POST', '/users', admin, twice)).json).toMatchObject({
      status: 400,
      errors: [{ pointer: '/roles' }],
    })
  })

  test('a new link ends the one before', async () => {
    const { json } = await call('POST', '/users', admin, { name: 'linked', roles: [] })
    const again = await call('POST', `/users/${json.user.id}/link`, admin)
    expect((await logIn({ code: codeOf(json.link) })).status).toBe(401)
    await session({ code: codeOf(again.json.link) })
  })

  test('a login that the audit cannot tell of does not happen, and leaves its code', async () => {
    const { json } = await call('POST', '/users', admin, { name: 'unnoticed', roles: [] })
    const code = codeOf(json.link)
    const append = async () => {
      throw new ConsoleError('MR_CONSOLE_KAFKA')
    }
    const { db, settings } = console.deps
    const accounts = createAccounts({ db, adminToken: undefined, times: settings, audit: { append } })
    await expect(accounts.logInByCode(code)).rejects.toThrow(ConsoleError)
    const { id } = json.user
    expect(await db.selectFrom('sessions').select('hash').where('user_id', '=', id).execute()).toEqual([])
    await session({ code })
  })

  test('a token may do no more than whoever makes it, and less as soon as they may do less', async () => {
    const { userId, headers } = await console.logIn(inTenant('default', 'operator'))
    const tooMuch = await call('POST', '/tokens', headers, { name: 'ci', roles: [inTenant('default', 'approver')] })
    expect(tooMuch.json.code).toBe('MR_CONSOLE_FORBIDDEN')
    expect((await call('POST', '/tokens', headers, { name: 'ci', roles: [everywhere('viewer')] })).status).toBe(403)
    const made = await call('POST', '/tokens', headers, { name: 'ci', roles: [inTenant('default', 'operator')] })
    expect(made.json.secret).toMatch(/^mrc_[\w-]{43}$/)
    const token = bearer(made.json.secret)
    expect((await call('GET', '/tenants/default', token)).json.role).toBe('operator')
    expect((await call('GET', '/tenants/other', token)).status).toBe(404)
    await call('PATCH', `/users/${userId}`, admin, { roles: [inTenant('default', 'viewer')] })
    expect((await call('GET', '/tenants/default', token)).json.role).toBe('viewer')
    await call('PATCH', `/users/${userId}`, admin, { is_disabled: true })
    expect((await call('GET', '/tenants/default', token)).status).toBe(401)
  })

  test('a token is kept as its hash, ends when it is revoked or expires, and makes no other', async () => {
    const { userId, headers } = await console.logIn(inTenant('default', 'viewer'))
    const { json } = await call('POST', '/tokens', headers, {
      name: 'ci',
      roles: [inTenant('default', 'viewer')],
      expires_in_days: 1,
    })
    const rows = await console.deps.db.selectFrom('tokens').selectAll().where('user_id', '=', userId).execute()
    expect(JSON.stringify(rows)).not.toContain(json.secret.slice(4))
    const token = bearer(json.secret)
    expect(
      (await call('POST', '/tokens', token, { name: 'more', roles: [inTenant('default', 'viewer')] })).status,
    ).toBe(403)
    await console.deps.db
      .updateTable('tokens')
      .set({ expires_at: Date.now() - 1 })
      .where('user_id', '=', userId)
      .execute()
    expect((await call('GET', '/me', token)).status).toBe(401)
    await console.deps.db.updateTable('tokens').set({ expires_at: null }).where('user_id', '=', userId).execute()
    expect((await call('GET', '/me', token)).status).toBe(200)
    const stranger = (await console.logIn(inTenant('default', 'admin'))).headers
    expect((await call('GET', '/tokens', stranger)).json.items).toEqual([])
    expect((await call('DELETE', `/tokens/${json.token.id}`, stranger)).status).toBe(404)
    expect((await call('DELETE', `/tokens/${json.token.id}`, headers)).status).toBe(204)
    expect((await call('GET', '/me', token)).status).toBe(401)
  })

  test('tokens of the settings’ token go with it', async () => {
    const made = await call('POST', '/tokens', bearer(console.adminToken), {
      name: 'mcp',
      roles: [inTenant('default', 'viewer')],
      expires_in_days: null,
    })
    expect(made.json.token).toMatchObject({ user_id: 'host', expires_at: null })
    expect((await call('GET', '/tenants/default', bearer(made.json.secret))).json.role).toBe('viewer')
  })

  test('a session ends with its time, and when nothing was asked for long', async () => {
    const { userId, headers } = await console.logIn(inTenant('default', 'viewer'))
    const sessions = console.deps.db.updateTable('sessions').where('user_id', '=', userId)
    await sessions.set({ last_seen_at: Date.now() - console.deps.settings.sessionIdleMs - 1 }).execute()
    expect((await call('GET', '/me', headers)).status).toBe(401)
    await sessions.set({ last_seen_at: Date.now(), expires_at: Date.now() - 1 }).execute()
    expect((await call('GET', '/me', headers)).status).toBe(401)
    await sessions.set({ expires_at: Date.now() + 60_000 }).execute()
    expect((await call('GET', '/me', headers)).status).toBe(200)
  })

  test('logging out ends the session and takes the cookie away', async () => {
    const { headers } = await console.logIn(inTenant('default', 'viewer'))
    const answer = await call('POST', '/logout', headers)
    expect(answer.status).toBe(204)
    expect(String(answer.headers['set-cookie'])).toContain('__Host-millrace-session=; ')
    expect((await call('GET', '/me', headers)).status).toBe(401)
  })

  test('what changes who may do what is in the audit, without secrets', async () => {
    const rows = await console.deps.db.selectFrom('audit_entries').selectAll().orderBy('sequence').execute()
    const actions = new Set(rows.map(({ action }) => action))
    expect([...actions]).toEqual(
      expect.arrayContaining([
        'user.login',
        'user.password',
        'user.create',
        'user.change',
        'user.link',
        'token.create',
        'token.revoke',
      ]),
    )
    expect(JSON.stringify(rows)).not.toMatch(/mrc_|battery|ada@example/)
  })

  test('lists are read page by page', async () => {
    const names: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const { json } = await call('GET', `/users?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`, admin)
      names.push(...json.items.map(({ name }: { name: string }) => name))
      cursor = json.next_cursor
    }
    const { json } = await call('GET', '/users?limit=200', admin)
    expect(names).toEqual(json.items.map(({ name }: { name: string }) => name))
    expect((await call('GET', '/users?cursor=x', admin)).json.code).toBe('MR_CONSOLE_INVALID')
  })
})

function cookieOf(headers: { 'set-cookie'?: string | string[] | undefined }): string {
  return String(headers['set-cookie'] ?? '').split(';')[0] ?? ''
}

function codeOf(link: string): string {
  return new URL(link).hash.replace('#code=', '')
}

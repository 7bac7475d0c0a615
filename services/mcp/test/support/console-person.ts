import { randomBytes } from 'node:crypto'

/** Somebody who is logged in to the console. */
export interface Person {
  readonly id: string
  /** A bearer token of theirs, with the same rights. */
  readonly token: string
  /** A request of the console's API as their browser makes it. */
  api(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly json: unknown }>
}

interface Administered {
  readonly consoleUrl: string
  readonly adminToken: string
}

/** Adds a user, logs in by the one-time link, and makes a token. */
export async function logIn({ consoleUrl, adminToken }: Administered, tenant: string, role: string): Promise<Person> {
  const send = async (method: string, path: string, headers: Record<string, string>, body?: unknown) => {
    const answer = await fetch(`${consoleUrl}/api/v1${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { answer, json: text === '' ? null : (JSON.parse(text) as Record<string, unknown>) }
  }
  const roles = [{ tenant, role }]
  const admin = { authorization: `Bearer ${adminToken}` }
  const name = `u${randomBytes(4).toString('hex')}`
  const added = await send('POST', '/users', admin, { name, roles })
  if (added.answer.status !== 201) throw new Error(`no user: ${JSON.stringify(added.json)}`)
  const { link, user } = added.json as { link: string; user: { id: string } }
  const login = await send('POST', '/login', {}, { code: /code=([^&]+)/.exec(link)?.[1] })
  const { csrf_token } = login.json as { csrf_token: string }
  const cookie = login.answer.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ')
  const session = { cookie, 'x-csrf-token': csrf_token }
  const made = await send('POST', '/tokens', session, { name: 'mcp', roles })
  if (made.answer.status !== 201) throw new Error(`no token: ${JSON.stringify(made.json)}`)
  return {
    id: user.id,
    token: (made.json as { secret: string }).secret,
    async api(method, path, body) {
      const { answer, json } = await send(method, path, session, body)
      return { status: answer.status, json }
    },
  }
}

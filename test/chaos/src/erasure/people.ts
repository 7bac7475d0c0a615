import type { RunningSystem } from '@millrace/test-support'

type Body = Readonly<Record<string, unknown>>

/** Somebody who is signed in to the console. */
export interface Signed {
  get(path: string): Promise<{ readonly status: number; readonly body: Body; readonly text: string }>
  post(path: string, body?: object): Promise<{ readonly status: number; readonly body: Body; readonly text: string }>
}

const ANSWER_WITHIN_MS = 60_000

/** Adds a user by the command line and signs in by the link that it prints, as people do. */
export async function signIn(system: RunningSystem, url: string, name: string, role: string): Promise<Signed> {
  const link = (await system.millrace('users', 'add', name, '--role', `default:${role}`)).trim()
  const code = /code=([^&\s]+)/.exec(link)?.[1]
  const answer = await fetch(`${url}/api/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  })
  const { csrf_token } = (await answer.json()) as { csrf_token: string }
  const [cookie = ''] = (answer.headers.getSetCookie()[0] ?? '').split(';')
  const headers = { cookie, 'x-csrf-token': csrf_token, 'content-type': 'application/json' }
  const call = async (method: string, path: string, body?: object) => {
    const given = await fetch(`${url}/api/v1/tenants/default${path}`, {
      method,
      headers,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await given.text()
    const isJson = given.headers.get('content-type')?.includes('json') ?? false
    return { status: given.status, text, body: isJson ? (JSON.parse(text) as Body) : {} }
  }
  return { get: (path) => call('GET', path), post: (path, body) => call('POST', path, body ?? {}) }
}

/** No repeating helps. */
export class Refused extends Error {}

/** Repeats what fails while a service is killed under it. @throws Refused as `ask` does; else the last failure once the time is over */
export async function insisting<T>(ask: () => Promise<T | undefined>, withinMs: number): Promise<T> {
  const end = Date.now() + withinMs
  for (;;) {
    let failure: unknown
    try {
      const found = await ask()
      if (found !== undefined) return found
    } catch (error) {
      if (error instanceof Refused) throw error
      failure = error
    }
    if (Date.now() > end) throw new Error('it was asked for in vain', { cause: failure })
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

import { newEndpoint, topicKey } from '@millrace/domain'
import { readToEnd } from '@millrace/operations'
import { type Delivery, type Endpoint, type Topic, topics } from '@millrace/schemas'
import { newSecretKey } from '@millrace/signing'
import type { Grant } from '../../src/access/roles.ts'
import {
  everywhere,
  inTenant,
  startTestConsole,
  type TestConsole,
  type TestConsoleOptions,
} from '../support/console.ts'

export interface Person {
  readonly userId: string
  readonly headers: Record<string, string>
}
export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: answers of many routes, whose fields the tests name.
  readonly body: any
}

/** A console with people in it, as they use it: over HTTP. */
export async function startOffice(options: TestConsoleOptions = {}) {
  const { env, ...rest } = options
  const made = await startTestConsole({
    ...rest,
    env: {
      MILLRACE_SECRET_KEYS: newSecretKey('k1'),
      CONSOLE_APPROVE: 'endpoint-enable',
      DELIVERY_ALLOW_PRIVATE: 'true',
      ...env,
    },
  })
  return officeOf(made)
}

export type Office = Awaited<ReturnType<typeof startOffice>>

function officeOf(made: TestConsole) {
  const { app, deps } = made
  const call = async (who: Person | undefined, method: string, url: string, payload?: unknown): Promise<Answer> => {
    const answer = await app.inject({
      method: method as 'POST',
      url: url.startsWith('/api') ? url : `/api/v1/tenants/default${url}`,
      headers: who?.headers ?? {},
      ...(payload === undefined ? {} : { payload: payload as object }),
    })
    return { status: answer.statusCode, body: answer.body === '' ? null : answer.json() }
  }
  const post = (who: Person | undefined, url: string, payload?: unknown) => call(who, 'POST', url, payload)
  const host: Person = { userId: 'host', headers: { authorization: `Bearer ${made.adminToken}` } }
  let [nth, clients] = [0, 0]

  const signIn = async (link: string): Promise<Person> => {
    const code = new URL(link).hash.replace(/^#code=/, '')
    const answer = await app.inject({ method: 'POST', url: '/api/v1/login', payload: { code } })
    const [cookie = ''] = String(answer.headers['set-cookie']).split(';')
    const { id, csrf_token } = answer.json()
    return { userId: id, headers: { cookie, 'x-csrf-token': csrf_token } }
  }

  const office = {
    ...made,
    call,
    post,
    host,
    signIn,
    /** Somebody whom the operator of the machine let in: nobody's account but their own. */
    person: (...grants: Grant[]): Promise<Person> => made.logIn(...grants),
    admin: () => made.logIn(everywhere('admin')),
    approver: () => made.logIn(inTenant('default', 'approver')),
    operator: () => made.logIn(inTenant('default', 'operator')),
    /** An account that somebody makes, and the session of whoever opened its link. */
    async makes(who: Person, role: Grant['role'] = 'approver', tenant = 'default', email?: string): Promise<Person> {
      const body = { name: `made-${++nth}`, roles: [{ tenant, role }], ...(email === undefined ? {} : { email }) }
      const { body: linked } = await post(who, '/api/v1/users', body)
      return await signIn(linked.link)
    },
    /** The number that somebody reads from their own page to whoever vouches for them. */
    vouchCode: async (of: Person): Promise<string> => (await call(of, 'GET', '/api/v1/me')).body.vouch_code,
    vouches: async (who: Person, of: Person): Promise<Answer> =>
      post(who, `/api/v1/users/${of.userId}/vouch`, { code: await office.vouchCode(of) }),
    async tokenOf(who: Person, role: Grant['role'] = 'operator'): Promise<Person> {
      const body = { name: `token-${++nth}`, roles: [{ tenant: 'default', role }], expires_in_days: null }
      const { body: made } = await post(who, '/api/v1/tokens', body)
      return { userId: who.userId, headers: { authorization: `Bearer ${made.secret}` } }
    },
    /** Asks for a response to be sent; resolves with the request. */
    async asks(
      who: Person,
      changes: object = {},
    ): Promise<{ id: string; params_sha256: string; params: { payload: string } }> {
      const answer = await office.tryToAsk(who, changes)
      if (answer.status !== 202) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body.approval
    },
    tryToAsk: (who: Person, changes: object = {}) =>
      post(who, '/responses', {
        response_url: 'https://127.0.0.1:9/r',
        response_data: { answer: 42 },
        response_type: 'knowledge_graph',
        client_id: `client-${++clients}`,
        reason: 'the client asked for it',
        ...changes,
      }),
    approves: (who: Person | undefined, { id, params_sha256 }: { id: string; params_sha256: string }) =>
      post(who, `/approvals/${id}/approve`, { params_sha256 }),
    stored: (id: string) => deps.db.selectFrom('approvals').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    /** Everything that was there when this was called has been looked through: a look that had begun before is shared, the one after it is not. */
    async swept(): Promise<void> {
      await deps.approvals.sweep()
      await deps.approvals.sweep()
    },
    /** The deliveries that were handed over for an approval. */
    async sent(id: string): Promise<Delivery[]> {
      const found: Delivery[] = []
      for await (const record of readToEnd(deps.kafka, topics.requested as Topic<unknown>)) {
        const delivery = deps.kafka.decode(topics.requested, record)
        if (delivery?.event_id === id) found.push(delivery)
      }
      return found
    },
    async endpoint(changes: Partial<Endpoint> = {}): Promise<Endpoint> {
      const id = `ep_${++nth}`
      const endpoint = {
        ...newEndpoint({ tenant: 'default', endpoint_id: id, url: 'https://a.net/' }, Date.now()),
        ...changes,
      }
      await deps.kafka.send(topics.endpoints, topicKey('default', id), endpoint)
      return endpoint
    },
  }
  return office
}

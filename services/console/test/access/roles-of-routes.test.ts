import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { roles } from '../../src/access/roles.ts'
import { makeDocument } from '../../src/openapi/make.ts'
import { everywhere, inTenant, startTestConsole, type TestConsole } from '../support/console.ts'

interface Operation {
  readonly method: string
  readonly path: string
  readonly role: string
  readonly id: string
}

// What the document says is what is tested: a route that is not in it cannot be there (`guard`).
const document = (await makeDocument()) as {
  paths: Record<string, Record<string, { 'x-role'?: string; operationId?: string }>>
}
const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path,
    role: operation['x-role'] ?? '',
    id: operation.operationId ?? '',
  })),
)
const name = ({ method, path }: Operation) => `${method} ${path}`
const ofTenant = operations.filter(({ path }) => path.includes('/{tenant}'))
const needsRole = (operation: Operation) => (roles as readonly string[]).includes(operation.role)

let console: TestConsole
type Headers = Record<string, string>
const inDefault: Record<string, Headers> = {}
let elsewhere: Headers
let adminOfDefault: Headers
const everywhereAs: Record<string, Headers> = {}

beforeAll(async () => {
  console = await startTestConsole()
  for (const role of roles) {
    inDefault[role] = (await console.logIn(inTenant('default', role))).headers
    everywhereAs[role] = (await console.logIn(everywhere(role))).headers
  }
  elsewhere = (await console.logIn(inTenant('other', 'admin'))).headers
  adminOfDefault = inDefault.admin ?? {}
})
afterAll(() => console.close())

/** No body: whoever may not call a route must not learn what it takes. */
async function call({ method, path }: Operation, tenant: string, headers: Headers = {}) {
  const url = path.replace('{tenant}', tenant).replaceAll(/\{[^}]+\}/g, 'none')
  const answer = await console.app.inject({ method: method as 'GET', url, headers, payloadAsStream: true })
  const isProblem = answer.headers['content-type']?.toString().includes('problem') ?? false
  const body = answer.stream()
  // A live stream has no end.
  const code = isProblem ? JSON.parse(await text(body)).code : ''
  body.destroy()
  return { status: answer.statusCode, code }
}

test('every operation has a role and a name of its own', () => {
  expect(operations.length).toBeGreaterThan(10)
  expect(operations.filter(({ role }) => role === '').map(name)).toEqual([])
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length)
  expect(operations.filter(({ id }) => id === '').map(name)).toEqual([])
})

test('nothing but a login is open', () => {
  expect(operations.filter(({ role }) => role === 'open').map(name)).toEqual(['POST /api/v1/login'])
})

describe.each(operations.filter(({ role }) => role !== 'open').map((one) => [name(one), one] as const))(
  '%s',
  (_, operation) => {
    test('is closed to whoever has not logged in', async () => {
      expect(await call(operation, 'default')).toEqual({ status: 401, code: 'MR_CONSOLE_UNAUTHENTICATED' })
      const wrong = { authorization: 'Bearer mrc_0000000000000000000000000000000000000000000' }
      expect((await call(operation, 'default', wrong)).status).toBe(401)
    })

    if (needsRole(operation))
      test('refuses every weaker role', async () => {
        const weaker = roles.slice(0, roles.indexOf(operation.role as 'viewer'))
        for (const role of weaker) {
          const answer = await call(
            operation,
            'default',
            ofTenant.includes(operation) ? inDefault[role] : everywhereAs[role],
          )
          expect({ role, ...answer }).toEqual({ role, status: 403, code: 'MR_CONSOLE_FORBIDDEN' })
        }
      })

    if (ofTenant.includes(operation))
      test('does not exist in a tenant without a right, however strong the role elsewhere', async () => {
        const absent = { status: 404, code: 'MR_CONSOLE_NOT_FOUND' }
        expect(await call(operation, 'default', elsewhere)).toEqual(absent)
        expect(await call(operation, 'nowhere', elsewhere)).toEqual(absent)
        expect(await call(operation, 'nowhere', everywhereAs.admin)).toEqual(absent)
      })
    else if (needsRole(operation))
      test('refuses an administrator of one tenant', async () => {
        expect(await call(operation, 'default', adminOfDefault)).toEqual({ status: 403, code: 'MR_CONSOLE_FORBIDDEN' })
      })

    if (operation.method !== 'GET')
      test('refuses a session’s write without its token, or from another site', async () => {
        const { cookie = '' } = everywhereAs.admin ?? {}
        expect((await call(operation, 'default', { cookie })).code).toBe('MR_CONSOLE_CROSS_SITE')
        const foreign = { ...everywhereAs.admin, origin: 'https://evil.example' }
        expect((await call(operation, 'default', foreign)).code).toBe('MR_CONSOLE_CROSS_SITE')
      })
  },
)

test.each(
  operations.filter(({ method, role }) => method === 'GET' && role !== 'open').map((one) => [name(one), one] as const),
)('%s lets in the role that it names', async (_, operation) => {
  const role = needsRole(operation) ? operation.role : 'viewer'
  const answer = await call(operation, 'default', ofTenant.includes(operation) ? inDefault[role] : everywhereAs[role])
  expect([401, 403, 500]).not.toContain(answer.status)
})

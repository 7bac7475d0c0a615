import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeDocument } from '../../src/openapi/make.ts'
import { everywhere, startTestConsole, type TestConsole } from '../support/console.ts'

type Schema = { readonly [key: string]: unknown }
interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
}

const document = (await makeDocument()) as {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })),
)
const withBody = operations.flatMap(({ requestBody, ...operation }) =>
  requestBody === undefined ? [] : [{ ...operation, schema: requestBody.content['application/json']?.schema }],
)

/** Places of objects in a schema that take any name. Those that say what their values are, are maps, such as headers. */
function openObjects(node: unknown, place = ''): string[] {
  if (typeof node !== 'object' || node === null) return []
  const { $ref, properties, additionalProperties } = node as Schema
  if (typeof $ref === 'string') {
    const name = $ref.slice('#/components/schemas/'.length)
    return openObjects(document.components.schemas[name], `${place}/${name}`)
  }
  const isOpen = ('type' in node && node.type === 'object') || properties !== undefined
  const isMap = properties === undefined && Object.keys(additionalProperties ?? {}).length > 0
  return [
    ...(isOpen && !isMap && additionalProperties !== false ? [place] : []),
    ...Object.entries(node).flatMap(([key, value]) => openObjects(value, `${place}/${key}`)),
  ]
}

let console: TestConsole
let headers: Record<string, string>
beforeAll(async () => {
  console = await startTestConsole()
  headers = (await console.logIn(everywhere('admin'))).headers
})
afterAll(() => console.close())

const config = { workflow_id: 'w', callback_url: 'https://example.com' }
/** Where the body is no single object. */
const payloads: Readonly<Record<string, object>> = {
  logIn: { code: 'c', dryRun: true },
  setConfigs: [{ conversation_id: 'cnv_1', usecase: 'u', config: { ...config, dryRun: true } }],
}
const urlOf = (path: string) => path.replace('{tenant}', 'default').replaceAll(/\{[^}]+\}/g, 'none')

describe.each(withBody.map((each) => [`${each.method} ${each.path}`, each] as const))('the body of %s', (_, each) => {
  test('has no object that takes names it does not know', () => {
    expect(each.schema).toBeDefined()
    expect(openObjects(each.schema)).toEqual([])
  })

  test('with a field of another name is refused with that name', async () => {
    const payload = payloads[each.operationId] ?? { dryRun: true }
    const { method, path } = each
    const answer = await console.app.inject({ method: method as 'POST', url: urlOf(path), headers, payload })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'MR_CONSOLE_INVALID' })
    expect(answer.body).toContain('Unrecognized key: \\"dryRun\\"')
  })
})

// A body that is missing is found first.
const withoutBody = operations.filter(({ requestBody }) => requestBody === undefined)
test.each(withoutBody.map((each) => [`${each.method} ${each.path}`, each] as const))(
  '%s refuses a parameter that it does not know, by name',
  async (_, { method, path }) => {
    const url = `${urlOf(path)}?unknown=1`
    const answer = await console.app.inject({ method: method as 'GET', url, headers })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({
      code: 'MR_CONSOLE_INVALID',
      errors: expect.arrayContaining([{ pointer: 'query', detail: 'Unrecognized key: "unknown"' }]),
    })
  },
)

test('a replay with fields of other names makes no replay, not even of what the others choose', async () => {
  const url = '/api/v1/tenants/default/replays'
  const target = { kind: 'group', name: 'knowledge-extract' }
  const misplaced = await console.app.inject({
    ...{ method: 'POST', url: `${url}?dry_run=true`, headers },
    payload: { target, selection: { since: 1 } },
  })
  expect(misplaced.json().errors).toEqual([{ pointer: 'query', detail: 'Unrecognized key: "dry_run"' }])
  const payload = { target, selection: { since: 1, conversation_id: 'cnv_nope', types: ['x'] }, dryRun: true }
  const answer = await console.app.inject({ method: 'POST', url, headers, payload })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().errors).toEqual(
    expect.arrayContaining([
      { pointer: '/selection', detail: 'Unrecognized keys: "conversation_id", "types"' },
      { pointer: '', detail: 'Unrecognized key: "dryRun"' },
    ]),
  )
  expect((await console.app.inject({ url, headers })).json().items).toEqual([])
})

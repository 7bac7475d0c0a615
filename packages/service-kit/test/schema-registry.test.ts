import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Notice, schemas, topics } from '@millrace/schemas'
import { waitFor } from '@millrace/test-support'
import { expect, onTestFinished, test } from 'vitest'
import { openSchemaRegistry, pendingWireFormat, registerSchemas } from '../src/schema-registry.ts'

/** Answers of a registry, and its faults on demand. What a real one does is shown by `npm run chaos -- registry`. */
async function startRegistry(faults: { status?: number; hangs?: boolean; objects?: string } = {}) {
  const ids = new Map<string, number>()
  const subjects = new Map<string, Set<string>>()
  const compatibility = new Map<string, string>()
  const asked: string[] = []
  const server: Server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (faults.hangs) return
    let text = ''
    for await (const part of request) text += part
    const body = (text === '' ? {} : JSON.parse(text)) as { schema?: string; compatibility?: string }
    const answer = (status: number, value: object) => response.writeHead(status).end(JSON.stringify(value))
    if (faults.status !== undefined) return answer(faults.status, { message: 'as told' })
    const [, first, second = '', third] = (request.url ?? '').split('?')[0]?.split('/').map(decodeURIComponent) ?? []
    if (first === 'config') {
      compatibility.set(second, body.compatibility ?? '')
      return answer(200, body)
    }
    if (first === 'compatibility')
      return answer(200, { is_compatible: faults.objects === undefined, messages: [faults.objects] })
    if (first === 'schemas') {
      const found = [...ids].find(([, id]) => String(id) === third)
      return found ? answer(200, { schema: found[0] }) : answer(404, { message: 'no such schema' })
    }
    const schema = body.schema ?? ''
    const has = subjects.get(second) ?? new Set()
    if (third === 'versions') {
      subjects.set(second, has.add(schema))
      ids.set(schema, ids.get(schema) ?? ids.size + 1)
    }
    return has.has(schema) ? answer(200, { id: ids.get(schema) }) : answer(404, { message: 'not registered' })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { options: { url, prefix: 'p.', writes: 'confluent' as const }, ids, subjects, compatibility, asked, faults }
}

const noticeValue = (): Notice => ({
  tenant: 't',
  notice_id: 'n',
  at: 1,
  severity: 'info',
  kind: 'k',
  writer: 'w',
  subject: null,
  text: 'x',
  details_json: '{}',
})

test('every schema is registered once for each topic, by FULL_TRANSITIVE, and a second time nothing is new', async () => {
  const { options, subjects, compatibility } = await startRegistry()
  const first = await registerSchemas(options)
  expect(first.every(({ isNew, id }) => isNew && id !== null)).toBe(true)
  expect([...subjects.keys()].sort()).toEqual(
    Object.values(topics)
      .map(({ name }) => `p.${name}-value`)
      .sort(),
  )
  expect(new Set(compatibility.values())).toEqual(new Set(['FULL_TRANSITIVE']))
  expect((await registerSchemas(options)).filter(({ isNew }) => isNew)).toEqual([])
})

test('a dry run and a schema that does not fit register nothing, and each subject that objects is named', async () => {
  const registry = await startRegistry({ objects: 'reader field gone has no default' })
  await expect(registerSchemas(registry.options)).rejects.toMatchObject({
    code: 'MR_REGISTRY_INCOMPATIBLE',
    message: expect.stringContaining('p.webhooks.events.v1-value: reader field gone has no default'),
  })
  delete registry.faults.objects
  const planned = await registerSchemas(registry.options, { isDryRun: true })
  expect(planned.every(({ isNew, id }) => isNew && id === null)).toBe(true)
  expect(registry.subjects.size).toBe(0)
})

test('a service that meets a registry without its schemas says which one, and how it gets there', async () => {
  const { options } = await startRegistry()
  await expect(openSchemaRegistry(options)).rejects.toMatchObject({
    code: 'MR_REGISTRY_MISSING',
    message: expect.stringMatching(/ReceivedWebhook v1 .*p\.webhooks\.received\.v1-value.*millrace schemas register/),
  })
})

test('values carry the id of their schema and come back; both encodings are read', async () => {
  const { options, ids } = await startRegistry()
  await registerSchemas(options)
  const wire = await openSchemaRegistry(options)
  const before = await openSchemaRegistry({ ...options, writes: 'single-object' })
  const value = noticeValue()
  const bytes = wire.encode(schemas.Notice, value)
  expect(bytes[0]).toBe(0)
  expect(bytes.readUInt32BE(1)).toBe(ids.get(schemas.Notice.versions.at(-1)?.avsc ?? ''))
  expect(wire.decode(schemas.Notice, bytes)).toEqual(value)
  const old = before.encode(schemas.Notice, value)
  expect(old.subarray(0, 2).toString('hex')).toBe('c301')
  expect(wire.decode(schemas.Notice, old)).toEqual(value)
})

test('an id that is not known yet is asked for: "again" until the answer is there, then it is read', async () => {
  const { options, ids, asked } = await startRegistry()
  await registerSchemas(options)
  const wire = await openSchemaRegistry(options)
  const next = JSON.parse(schemas.Notice.versions.at(-1)?.avsc ?? '') as { fields: object[] }
  next.fields.push({ name: 'later', type: 'string', default: '' })
  ids.set(JSON.stringify(next), 900)
  const bytes = Buffer.concat([
    headerOf(900),
    bodyOf(wire.encode(schemas.Notice, noticeValue())),
    Buffer.from([2, 120]),
  ])
  expect(() => wire.decode(schemas.Notice, bytes)).toThrow(
    expect.objectContaining({ code: 'MR_REGISTRY_UNAVAILABLE', retryable: true }),
  )
  await waitFor(() => isReadable(() => wire.decode(schemas.Notice, bytes)), { what: 'the answer of the registry' })
  expect(wire.decode(schemas.Notice, bytes)).toEqual(noticeValue())
  expect(asked.filter((one) => one === 'GET /schemas/ids/900')).toHaveLength(1)
})

test('an id that the registry does not know is no reason to wait', async () => {
  const { options } = await startRegistry()
  await registerSchemas(options)
  const wire = await openSchemaRegistry(options)
  const bytes = Buffer.concat([headerOf(901), bodyOf(wire.encode(schemas.Notice, noticeValue()))])
  expect(() => wire.decode(schemas.Notice, bytes)).toThrow(/being asked/)
  await waitFor(() => codeOf(() => wire.decode(schemas.Notice, bytes)) === 'MR_SCHEMA_UNKNOWN_VERSION', {
    what: 'the answer of the registry',
  })
})

test.for([
  [{ status: 503 }, 'MR_REGISTRY_UNAVAILABLE', true],
  [{ status: 429 }, 'MR_REGISTRY_UNAVAILABLE', true],
  [{ status: 401 }, 'MR_REGISTRY_REFUSED', false],
  [{ hangs: true }, 'MR_REGISTRY_UNAVAILABLE', true],
] as const)('a registry with the fault %j gives %s', async ([faults, code, retryable]) => {
  const { options } = await startRegistry(faults)
  await expect(openSchemaRegistry(options)).rejects.toMatchObject({ code, retryable })
})

test('until a registry has answered nothing can be encoded, and the reason is one to try again for', async () => {
  const { options } = await startRegistry()
  await registerSchemas(options)
  const opening = openSchemaRegistry(options)
  const wire = pendingWireFormat(opening)
  expect(() => wire.encode(schemas.Notice, noticeValue())).toThrow(
    expect.objectContaining({ code: 'MR_REGISTRY_UNAVAILABLE', retryable: true }),
  )
  await opening
  expect(wire.decode(schemas.Notice, wire.encode(schemas.Notice, noticeValue()))).toEqual(noticeValue())
})

function headerOf(id: number): Buffer {
  const header = Buffer.alloc(5)
  header.writeUInt32BE(id, 1)
  return header
}

const bodyOf = (bytes: Buffer) => bytes.subarray(5)

function isReadable(read: () => unknown): boolean {
  return codeOf(read) === undefined
}

function codeOf(read: () => unknown): string | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    return (error as { code?: string }).code
  }
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test } from 'vitest'
import { makeDocument } from '../src/openapi/make.ts'

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>
}

const document = (await makeDocument()) as { paths: Record<string, Record<string, Operation>> }
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
)

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator()
  const result = await validator.validate(structuredClone(document) as unknown as Record<string, unknown>)
  expect(result.errors ?? []).toEqual([])
  expect(validator.version).toBe('3.1')
})

test('the committed document is the one that the routes make', () => {
  const committed = JSON.parse(readFileSync(join(import.meta.dirname, '../openapi.json'), 'utf8'))
  expect(committed).toEqual(JSON.parse(JSON.stringify(document)))
})

test.each(operations)('%s says what it does, what it answers, and how it refuses', (_, operation) => {
  expect(operation.summary).toMatch(/\S/)
  expect(operation.tags).toHaveLength(1)
  expect(Object.keys(operation.responses).filter((status) => /^2/.test(status))).not.toEqual([])
  expect(operation.responses.default?.content).toHaveProperty('application/problem+json')
})

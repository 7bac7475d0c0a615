import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stale } from '../generate/outputs.ts'
import { clientTaskProblems, clientTaskRequest, jsonSchemaOf } from '../src/index.ts'

const least = { client_id: 'c1', action_id: 'get_client_data', task: { id: 't1', name: 'Call back' } }

test('the four required fields are enough', () => {
  expect(clientTaskProblems(least)).toEqual([])
})

test('description, status, custom_fields and assignees may be null, as may their parts', () => {
  const empty = { description: null, status: null, custom_fields: null, assignees: null }
  expect(clientTaskProblems({ ...least, task: { ...least.task, ...empty } })).toEqual([])
  const parts = {
    status: { status: null, color: null },
    custom_fields: [{ id: 'f' }],
    assignees: [{ id: 1, email: null }],
  }
  expect(clientTaskProblems({ ...least, task: { ...least.task, ...parts } })).toEqual([])
})

test('values of custom fields are anything, falsy ones too', () => {
  const custom_fields = [0, false, null, '', [], {}].map((value, place) => ({ id: `f${place}`, value }))
  expect(clientTaskProblems({ ...least, task: { ...least.task, custom_fields } })).toEqual([])
})

test('fields that the contract does not name are no problem', () => {
  expect(
    clientTaskProblems({ ...least, run: 7, task: { ...least.task, priority: null, tags: [{ name: 'x' }] } }),
  ).toEqual([])
})

test('an empty object lacks each required field by name', () => {
  const pointers = (body: object) => clientTaskProblems(body).map(({ pointer }) => pointer)
  const all = ['/client_id', '/action_id', '/task', '/task/id', '/task/name']
  expect(pointers({})).toEqual(all)
  expect(pointers({ task: null })).toEqual(all)
  expect(pointers({ task: {} })).toEqual(all.filter((pointer) => pointer !== '/task'))
})

test('every missing or wrong field is told at once, by pointer and rule, without the value', () => {
  const problems = clientTaskProblems({
    client_id: ' ',
    include_task_details: 'canary',
    task: {
      id: {},
      name: '  ',
      description: 7,
      status: 'canary',
      custom_fields: [{ name: 3 }, null],
      assignees: { 'a/b': 'canary' },
    },
  })
  expect(problems.map(({ pointer }) => pointer).sort()).toEqual([
    '/action_id',
    '/client_id',
    '/include_task_details',
    '/task/assignees',
    '/task/custom_fields/0/name',
    '/task/custom_fields/1',
    '/task/description',
    '/task/id',
    '/task/name',
    '/task/status',
  ])
  expect(problems.find(({ pointer }) => pointer === '/action_id')?.detail).toMatch(/^is missing; it must be a text of/)
  expect(problems.find(({ pointer }) => pointer === '/task/description')?.detail).toBe('must be a text')
  expect(JSON.stringify(problems)).not.toContain('canary')
})

test.each([null, [], [least], 'text', 7])('a body %j is no object', (body) => {
  expect(clientTaskProblems(body)).toEqual([{ pointer: '', detail: 'must be a JSON object' }])
})

test('what is told is bounded', () => {
  const custom_fields = Array.from({ length: 10_000 }, () => 0)
  expect(clientTaskProblems({ ...least, task: { ...least.task, custom_fields } })).toHaveLength(100)
})

test('whatever is sent gets an answer, and the published schema refuses nothing that is taken', () => {
  const check = new Ajv2020({ strict: false }).compile(jsonSchemaOf(clientTaskRequest, 'input'))
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (id, part, whole) => {
      const bodies = [
        whole,
        { ...least, client_id: id },
        { ...least, task: { ...least.task, status: part, custom_fields: [part] } },
      ]
      for (const body of bodies) if (clientTaskProblems(body).length === 0) expect(check(body)).toBe(true)
    }),
  )
})

test('the published schemas are fresh', () => {
  expect(stale().map(({ file }) => file.pathname)).toEqual([])
})

test('the sample of the first integration is taken', () => {
  const sample = new URL('../../../test/support/fixtures/make/get_client_knowledge_graph.request.json', import.meta.url)
  expect(clientTaskProblems(JSON.parse(readFileSync(sample, 'utf8')))).toEqual([])
})

test.each([
  ['', 'must not be empty'],
  ['x'.repeat(257), 'is longer than 256 characters'],
  ['a\u0000b', 'must be a text of 1 to 256 characters without control characters, or a number'],
  [{}, 'must be a text of 1 to 256 characters without control characters, or a number'],
])('an id %j is one problem, in plain words', (client_id, detail) => {
  const body = { client_id, action_id: 'a', task: { id: 't', name: 'T' } }
  expect(clientTaskProblems(body)).toEqual([{ pointer: '/client_id', detail }])
})

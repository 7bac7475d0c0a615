import type { Endpoint } from '@millrace/schemas'
import { expect, test } from 'vitest'
import { createEndpointDirectory } from '../src/endpoint-directory.ts'
import { endpointOf } from './support/values.ts'

const of = (tenant: string, conversation_id: string | null = 'cnv_1') => ({ tenant, conversation_id })

function tableOf() {
  const values = new Map<string, Endpoint>()
  const listeners: ((key: string, value: Endpoint | undefined) => void)[] = []
  return {
    get: (key: string) => values.get(key),
    onChange: (listener: (key: string, value: Endpoint | undefined) => void) => {
      listeners.push(listener)
      return () => true
    },
    put(key: string, value: Endpoint | undefined) {
      if (value === undefined) values.delete(key)
      else values.set(key, value)
      for (const listener of listeners) listener(key, value)
    },
  }
}

test('endpoints are found by tenant and by key as they are now', () => {
  const table = tableOf()
  const directory = createEndpointDirectory(table)
  const [first, changed] = [endpointOf({ tenant: 'a' }), endpointOf({ tenant: 'a', is_enabled: false })]
  table.put('a/1', first)
  table.put('b/2', endpointOf({ tenant: 'b' }))
  table.put('a/1', changed)
  expect([...directory.about(of('a'))]).toEqual([changed])
  expect(directory.find('a/1')).toBe(changed)
  expect([...directory.about(of('c'))]).toEqual([])
})

test('what was removed is told from what was never seen, until it is added again', () => {
  const table = tableOf()
  const directory = createEndpointDirectory(table)
  table.put('a/1', endpointOf({ tenant: 'a' }))
  table.put('a/1', undefined)
  expect(directory.find('a/1')).toBe('removed')
  expect(directory.find('a/2')).toBe('unknown')
  expect([...directory.about(of('a'))]).toEqual([])
  const again = endpointOf({ tenant: 'a' })
  table.put('a/1', again)
  expect(directory.find('a/1')).toBe(again)
})

test('an event is held against the endpoints of its own conversation and of all, not of every other one', () => {
  const table = tableOf()
  const directory = createEndpointDirectory(table)
  const [forAll, forOne] = [endpointOf({ tenant: 'a' }), endpointOf({ tenant: 'a', conversation_id: 'cnv_1' })]
  table.put('a/1', forAll)
  table.put('a/2', forOne)
  for (let place = 3; place < 100; place++)
    table.put(`a/${place}`, endpointOf({ tenant: 'a', conversation_id: `cnv_${place}` }))
  expect([...directory.about(of('a'))]).toEqual([forAll, forOne])
  expect([...directory.about(of('a', null))]).toEqual([forAll])
  table.put('a/2', { ...forOne, conversation_id: null })
  expect([...directory.about(of('a'))]).toHaveLength(2)
  expect([...directory.about(of('a', null))]).toHaveLength(2)
})

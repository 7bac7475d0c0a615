import type { ServiceContext } from '@millrace/service-kit'
import { expect, test } from 'vitest'
import { observeVerdicts } from '../src/observe.ts'

function observed() {
  const added: [string, number, object | undefined][] = []
  const createCounter = (name: string) => ({
    add: (value: number, labels?: object) => void added.push([name, value, labels]),
  })
  return { added, verdicts: observeVerdicts({ createCounter } as unknown as ServiceContext<unknown>['meter']) }
}

test('a new event counts by its type, and one of a type that only its sender knows as other', () => {
  const { added, verdicts } = observed()
  verdicts.onVerdict('new', 'front', 'message.received')
  verdicts.onVerdict('new', 'front', 'front.of_their_own_making')
  expect(added.filter(([name]) => name === 'millrace.dedup.events')).toEqual([
    ['millrace.dedup.events', 1, { source: 'front', type: 'message.received' }],
    ['millrace.dedup.events', 1, { source: 'front', type: 'other' }],
  ])
})

test('a duplicate is no event', () => {
  const { added, verdicts } = observed()
  verdicts.onVerdict('duplicate', 'front', 'message.received')
  expect(added).toEqual([['millrace.dedup.verdicts', 1, { verdict: 'duplicate', source: 'front' }]])
})

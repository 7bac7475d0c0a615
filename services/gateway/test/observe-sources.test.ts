import type { ServiceContext, Source } from '@millrace/service-kit'
import { expect, test } from 'vitest'
import { observeSources } from '../src/observe-sources.ts'

type Meter = ServiceContext<unknown>['meter']

test('a source that goes to another tenant counts for that one alone', () => {
  let sources = [sourceOf('front', 'acme')]
  const look = watched(() => sources)
  expect(look()).toEqual([['acme', 1]])
  sources = [sourceOf('front', 'globex')]
  expect(look()).toEqual([
    ['acme', 0],
    ['globex', 1],
  ])
  expect(look()).toEqual([
    ['acme', 0],
    ['globex', 1],
  ])
})

test('a source that is gone is told as 0', () => {
  let sources = [sourceOf('front', 'acme')]
  const look = watched(() => sources)
  look()
  sources = []
  expect(look()).toEqual([['acme', 0]])
})

function sourceOf(name: string, tenant: string): Source {
  return { name, tenant, account: tenant, provider: 'front' } as Source
}

/** What a look at the metrics shows: tenant and value of each series. */
function watched(current: () => readonly Source[]): () => (readonly [unknown, number])[] {
  let callback: ((result: { observe: (value: number, labels: Record<string, string>) => void }) => void) | undefined
  const gauge = {
    addCallback: (given: typeof callback) => {
      callback = given
    },
  }
  const meter = { createObservableGauge: () => gauge } as unknown as Meter
  observeSources(meter, { current: () => ({ sources: current(), accounts: [], tenants: [] }) })
  return () => {
    const seen: (readonly [unknown, number])[] = []
    callback?.({ observe: (value, { tenant }) => void seen.push([tenant, value]) })
    return seen
  }
}

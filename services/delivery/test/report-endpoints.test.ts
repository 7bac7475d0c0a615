import { expect, test } from 'vitest'
import { wellHealth } from '../src/endpoint-health.ts'
import { conditionOf, reportEndpoints } from '../src/report-endpoints.ts'
import { endpointOf } from './support/values.ts'

test.each([
  ['well', {}, {}],
  ['failing', {}, { failingSince: 5 }],
  ['breaker-open', {}, { failingSince: 5, breaker: 'open' as const }],
  ['disabled', {}, { failingSince: 5, breaker: 'open' as const, disabledAt: 9 }],
  ['well', { updated_at: 10 }, { disabledAt: 9 }],
  ['switched-off', { is_enabled: false }, { disabledAt: 9 }],
])('%s', (expected, endpoint, health) => {
  expect(conditionOf(endpointOf(endpoint), { ...wellHealth, ...health })).toBe(expected)
})

test('every condition is told, also with no endpoint in it', () => {
  const observed = new Map<string, number>()
  let look: (result: object) => void = () => {}
  const addCallback = (callback: typeof look) => {
    look = callback
  }
  const meter = { createObservableGauge: () => ({ addCallback }) } as unknown as Parameters<typeof reportEndpoints>[0]
  reportEndpoints(meter, { endpoints: () => [endpointOf(), endpointOf()], healthOf: () => wellHealth })
  look({ observe: (count: number, { state }: { state: string }) => void observed.set(state, count) })
  expect(Object.fromEntries(observed)).toEqual({
    well: 2,
    failing: 0,
    'breaker-open': 0,
    disabled: 0,
    'switched-off': 0,
  })
})

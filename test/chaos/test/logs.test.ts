import { expect, test } from 'vitest'
import { canaryOf } from '../src/erasure/canaries.ts'
import { collectLogs } from '../src/erasure/logs.ts'

test('a person in one of many lines is found, by service', () => {
  const logs = collectLogs()
  logs.onLine('poller', 'ready')
  logs.onLine('gateway', `refused: ${canaryOf('cnv_1')}@example.org`)
  for (let nth = 0; nth < 20_000; nth++) logs.onLine('gateway', `line ${nth}`)
  expect(logs.found()).toEqual(new Map([['log of gateway', new Set([canaryOf('cnv_1')])]]))
})

test('what was found once does not change with what comes later', () => {
  const logs = collectLogs()
  logs.onLine('gateway', canaryOf('cnv_1'))
  const before = logs.found()
  logs.onLine('gateway', canaryOf('cnv_2'))
  expect(before.get('log of gateway')?.size).toBe(1)
  expect(logs.found().get('log of gateway')?.size).toBe(2)
})

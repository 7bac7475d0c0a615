import type { IngestMode } from '@millrace/schemas'
import type { Source } from '@millrace/service-kit'
import { expect, test } from 'vitest'
import { polledOf } from '../src/source-of-account.ts'

const account = { tenant: 'acme', name: 'acme-front' }
const source = (name: string, changes: Partial<Source> = {}): Source => ({
  ...{ name, tenant: 'acme', account: 'acme-front', provider: 'front', path: `/${name}`, schemes: [], secrets: [] },
  ...{ isSynchronous: false, maxBodyBytes: 1, rateLimitPerMinute: 1, toleranceMs: 1 },
  ...changes,
})
const modes = (rules: Record<string, Partial<IngestMode>>) => ({
  get: (key: string) => {
    const rule = rules[key.slice('acme/'.length)]
    return rule && ({ mode: 'webhook', inboxes: [], percent: 100, changed_at: 0, ...rule } as IngestMode)
  },
})
const READ = { readAt: 1_800_000_000_000, lateMs: 120_000 }
const polled = (sources: Source[], rules: Record<string, Partial<IngestMode>> = {}, read = READ) => {
  const found = polledOf(account, sources, modes(rules), read)
  return found && [found.source.name, found.isTight]
}

test('without a mode of its own a source is read slowly', () => {
  expect(polled([source('a')])).toEqual(['a', false])
})

test.for([
  ['polling', { mode: 'polling' }],
  ['parallel', { mode: 'parallel' }],
  ['a share of the conversations', { percent: 30 }],
  ['some inboxes', { inboxes: ['inb_1'] }],
] as const)('%s is polled all the time', ([, rule]) => {
  expect(polled([source('a')], { a: rule as Partial<IngestMode> })).toEqual(['a', true])
})

test('of several sources the one that depends most on polling names the events, the first among equals', () => {
  const sources = [source('a'), source('b'), source('c'), source('d')]
  expect(polled(sources)).toEqual(['a', false])
  expect(polled(sources, { b: { mode: 'parallel' }, d: { mode: 'parallel' } })).toEqual(['b', true])
  expect(polled(sources, { b: { mode: 'parallel' }, d: { mode: 'polling' } })).toEqual(['d', true])
})

test('a source of another account, provider, or one that is switched off is none of it', () => {
  const others = [
    source('a', { account: 'other' }),
    source('b', { provider: 'make' }),
    source('c', { isEnabled: false }),
  ]
  expect(polled(others)).toBeUndefined()
  expect(polled([...others, source('d')])).toEqual(['d', false])
})

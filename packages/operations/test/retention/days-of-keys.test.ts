import type { Kept } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import { expect, test } from 'vitest'
import { daysOfKeys } from '../../src/retention/days-of-keys.ts'

const DAY_MS = 86_400_000
const kept = (days: number | undefined, segmentDays = 7): Kept => {
  return { retentionMs: days === undefined ? undefined : days * DAY_MS, segmentMs: segmentDays * DAY_MS, older: 0n }
}
const days = (of: (topic: string) => Kept | undefined, rowDays = 30) =>
  daysOfKeys({ kept: async ({ name }) => of(name) }, rowDays, 0)

test('keys of days are there for as long as a record may be: twice the longest retention and segment, and a month', async () => {
  expect(await days(() => kept(30))).toBe(104)
  expect(await days(() => undefined)).toBe(104)
  expect(await days((topic) => kept(topic === topics.events.name ? 90 : 7, 1))).toBe(2 * 91 + 30)
  expect(await days(() => kept(7, 1), 365)).toBe(395)
})

test('where a topic keeps records for ever no key ends by itself; what keeps the last state does not count', async () => {
  expect(await days((topic) => kept(topic.startsWith('webhooks.events.v1.dlq') ? undefined : 30))).toBeUndefined()
  expect(await days((topic) => kept(topic === topics.snapshots.name ? undefined : 30))).toBe(104)
})

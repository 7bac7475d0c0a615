import type { Kafka } from '@millrace/kafka'
import type { IngestMode } from '@millrace/schemas'
import type { Source } from '@millrace/service-kit'
import { quietLog } from '@millrace/test-support'
import { expect, test } from 'vitest'
import { createRecordTimes } from '../src/trigger-backlog.ts'
import { type TriggerParts, watchBacklog } from '../src/triggers.ts'

const MINUTE = 60_000
const source = { name: 'front', tenant: 'default', account: 'default' } as Source
const account = { key: 'default/default', tenant: 'default', account: 'default', sources: [source] as const }

/** What was written, by topic and mode or kind, when a webhook has waited for an hour and polling last read so long ago. */
async function writtenWhenRead(agoMs: number | null): Promise<unknown[]> {
  const written: unknown[] = []
  const now = Date.now()
  const times = createRecordTimes()
  times.note(0, 4n, now - 60 * MINUTE)
  const kafka = {
    committed: async () => new Map([[0, 4n]]),
    ends: async () => new Map([[0, 5n]]),
    send: async (_topic: unknown, _key: unknown, value: Partial<IngestMode> & { readonly kind?: string }) => {
      written.push(value.mode ?? value.kind)
    },
  } as unknown as Kafka
  const position = { eventsUntil: now, comparedUntil: now, gaps: [], readAt: now - (agoMs ?? 0) }
  const parts = {
    ...{ kafka, times, log: quietLog, modes: { get: () => undefined } },
    positions: { of: () => (agoMs === null ? undefined : position) },
    limits: { forMs: MINUTE, percent: 10, backlogMs: 15 * MINUTE, polledWithinMs: 15 * MINUTE },
  } as unknown as TriggerParts
  await watchBacklog(parts, [account], now)
  return written
}

test('a source that polling reads is rolled back when webhooks wait too long', async () => {
  expect(await writtenWhenRead(MINUTE)).toEqual(['polling', 'rolled-back'])
})

test('one that polling could not read lately, or ever, is left as it is: its webhooks are all that there is', async () => {
  expect(await writtenWhenRead(16 * MINUTE)).toEqual([])
  expect(await writtenWhenRead(null)).toEqual([])
})

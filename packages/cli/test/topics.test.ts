import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allTopics, topics } from '@millrace/schemas'
import { expect, test } from 'vitest'
import { retentionOf } from '../src/retention.ts'
import { jsonLines, millrace, ownTopics } from './support/millrace.ts'

test('topics shows the whole registry without asking a broker', async () => {
  const { code, out } = await millrace(['topics', '--json'], {
    KAFKA_BROKERS: '127.0.0.1:1',
    KAFKA_EVENT_PARTITIONS: '7',
  })
  expect(code).toBe(0)
  expect(jsonLines(out).map(({ name }) => name)).toEqual(allTopics().map(({ name }) => name))
  expect(jsonLines(out)[0]).toMatchObject({ name: topics.received.name, partitions: 7, cleanup: 'delete' })
  const endless = jsonLines(out).filter(({ cleanup }) => cleanup === 'compact')
  expect(endless.filter(({ retention_ms }) => retention_ms !== undefined)).toEqual([])
})

test('topics create makes what is missing, with the retention that is promised, and leaves the rest', async () => {
  const env = ownTopics()
  const first = await millrace(['topics', 'create', '--json'], env)
  const second = await millrace(['topics', 'create', '--json'], env)
  const names = allTopics().map(({ name }) => `${env.KAFKA_PREFIX}${name}`)
  expect(JSON.parse(first.out)).toEqual({ created: names, existing: [], differences: [] })
  expect(JSON.parse(second.out)).toEqual({ created: [], existing: names, differences: [] })
  expect([first.code, second.code]).toEqual([0, 0])

  const kept = await millrace(['retention', '--json'], env)
  const rows = jsonLines(kept.out)
  expect([kept.code, new Set(rows.map(({ verdict }) => verdict))]).toEqual([0, new Set(['as promised'])])
  expect(rows.find(({ topic }) => topic === `${env.KAFKA_PREFIX}${topics.events.name}`)).toMatchObject({
    promised_ms: topics.events.retentionMs,
    set_ms: topics.events.retentionMs,
    past: 0,
  })
})

test('a topic that contradicts the settings is named, and the exit code is 1', async () => {
  const env = ownTopics()
  await millrace(['topics', 'create'], env)
  const { code, err } = await millrace(['topics', 'create'], { ...env, KAFKA_EVENT_PARTITIONS: '3' })
  expect(code).toBe(1)
  expect(err).toContain(`${env.KAFKA_PREFIX}webhooks.events.v1 has 2 partitions, not 3`)
  // Fewer replicas than set are named everywhere, and end it where they would lose events.
  const three = { ...env, KAFKA_REPLICATION: '3' }
  const named = await millrace(['topics', 'create'], three)
  const refused = await millrace(['topics', 'create'], { ...three, NODE_ENV: 'production' })
  const text = `${env.KAFKA_PREFIX}webhooks.events.v1 has 1 of 3 replicas`
  expect([named.code, named.err.includes(text)]).toEqual([0, true])
  expect([refused.code, refused.err.includes(text)]).toEqual([1, true])
  expect(refused.err).toContain('fewer replicas than KAFKA_REPLICATION (3)')
  const looked = await millrace(['doctor'], three)
  expect(looked.out).toMatch(
    /FAILURE +topics: \S+ has 1 of 3 replicas;.*\n +→ more replicas by kafka-reassign-partitions/,
  )
})

test('schemas export writes every schema and the way from a fingerprint to it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-export-'))
  const { code, out } = await millrace(['schemas', 'export', dir])
  expect(code).toBe(0)
  expect(out).toContain('WebhookEvent/v1.avsc')
  const index = JSON.parse(await readFile(join(dir, 'fingerprints.json'), 'utf8')) as Record<string, { name: string }>
  expect(Object.values(index).map(({ name }) => name)).toContain('Delivery')
  await rm(dir, { recursive: true })
})

test('what is set longer, or is still there past its time, is kept longer than promised', async () => {
  const DAY = 86_400_000
  const verdictOf = async (kept: { retentionMs: number | undefined; segmentMs?: number; older?: bigint }) => {
    const ask = async (before: number) => ({
      segmentMs: DAY,
      ...kept,
      older: before < Date.now() - DAY ? (kept.older ?? 0n) : 9n,
    })
    return (await retentionOf({ cleanup: 'delete', retentionMs: 7 * DAY }, 'topic', Date.now(), ask)).verdict
  }
  expect(await verdictOf({ retentionMs: 7 * DAY })).toBe('as promised')
  expect(await verdictOf({ retentionMs: 7 * DAY, older: 1n })).toBe('LONGER')
  expect(await verdictOf({ retentionMs: 8 * DAY })).toBe('LONGER')
  expect(await verdictOf({ retentionMs: undefined })).toBe('LONGER')
  expect(await verdictOf({ retentionMs: 6 * DAY })).toBe('shorter')
})

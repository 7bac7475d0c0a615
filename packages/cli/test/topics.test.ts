import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allTopics, topics } from '@millrace/schemas'
import { expect, test } from 'vitest'
import { jsonLines, millrace, ownTopics } from './support/millrace.ts'

test('topics shows the whole registry without asking a broker', async () => {
  const { code, out } = await millrace(['topics', '--json'], {
    KAFKA_BROKERS: '127.0.0.1:1',
    KAFKA_EVENT_PARTITIONS: '7',
  })
  expect(code).toBe(0)
  expect(jsonLines(out).map(({ name }) => name)).toEqual(allTopics().map(({ name }) => name))
  expect(jsonLines(out)[0]).toMatchObject({ name: topics.received.name, partitions: 7, cleanup: 'delete' })
})

test('topics create makes what is missing and leaves the rest', async () => {
  const env = ownTopics()
  const first = await millrace(['topics', 'create', '--json'], env)
  const second = await millrace(['topics', 'create', '--json'], env)
  const names = allTopics().map(({ name }) => `${env.KAFKA_PREFIX}${name}`)
  expect(JSON.parse(first.out)).toEqual({ created: names, existing: [] })
  expect(JSON.parse(second.out)).toEqual({ created: [], existing: names })
  expect([first.code, second.code]).toEqual([0, 0])
})

test('a topic that contradicts the settings is named, and the exit code is 1', async () => {
  const env = ownTopics()
  await millrace(['topics', 'create'], env)
  const { code, err } = await millrace(['topics', 'create'], { ...env, KAFKA_EVENT_PARTITIONS: '3' })
  expect(code).toBe(1)
  expect(err).toContain(`${env.KAFKA_PREFIX}webhooks.events.v1 has 2 partitions, not 3`)
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

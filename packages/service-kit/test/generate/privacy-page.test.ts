import { topics } from '@millrace/schemas'
import { expect, test } from 'vitest'
import { root } from '../../generate/outputs.ts'
import { privacyPage } from '../../generate/privacy-page.ts'
import { readServiceSettings } from '../../generate/read-service-settings.ts'

const sections = await readServiceSettings(root)
const page = privacyPage(sections)
const rowOf = (name: string) => page.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? ''

test('every topic is named, as holding something of people or as holding nothing', () => {
  const isRetry = (name: string) => name.startsWith('deliveries.retry.')
  const unnamed = Object.values(topics).filter(({ name }) => !isRetry(name) && !page.includes(`\`${name}\``))
  expect(unnamed.map(({ name }) => name)).toEqual([])
})

test('a topic has its marked fields, retention and readers; a field that is marked none is not there', () => {
  const row = rowOf(topics.events.name)
  for (const part of ['`contact_id`', '`payload`', '30 days', 'knowledge-graph (`knowledge-extract`)', 'console'])
    expect(row).toContain(part)
  expect(row).not.toContain('`event_id`')
})

test('retention that a setting rules shows the setting and its default', () => {
  expect(rowOf('webhook_events')).toContain('`CONSOLE_LEDGER_DAYS` (30) days')
  expect(rowOf('sessions')).toContain('`CONSOLE_SESSION` (12 hours)')
  expect(page).not.toContain('{{')
})

test('a setting that no service has is refused', () => {
  expect(() => privacyPage([])).toThrow(/names MILLRACE_ENCRYPTION, which is no setting/)
})

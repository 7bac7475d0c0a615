import type { OutRecord } from '@millrace/kafka'
import type { WebhookEvent } from '@millrace/schemas'
import { holdSources, parseSources } from '@millrace/service-kit'
import { describe, expect, test } from 'vitest'
import { extractEvent } from '../src/extract-event.ts'
import { extractedFrom } from '../src/extract-snapshot.ts'
import { extractorFor } from '../src/extractors.ts'
import { type LocaleOf, localesOf } from '../src/locales.ts'
import { eventOf } from './support/events.ts'
import { observationsIn } from './support/observations.ts'
import { snapshot } from './support/snapshot.ts'

const text = 'Please call 020 7946 0018 before 05/06/2026, today at the latest.'
/** In London it is the 2nd of June already. */
const at = Date.parse('2026-06-01T23:30:00Z')

async function sourcesWith(account: string) {
  const source = '{ name: make, provider: make, secrets: [{ secret: s }] }'
  const yaml = `accounts:\n  - { name: default${account} }\nsources:\n  - ${source}\n`
  const read = await parseSources(yaml, () => ({ rule: 'is not set' }))
  if (Array.isArray(read)) throw new Error(JSON.stringify(read))
  return read
}

const british = await sourcesWith(', country: GB, time_zone: Europe/London')
const silent = await sourcesWith('')

function read(event: WebhookEvent, localeOf: LocaleOf): string[] {
  const extractor = extractorFor(event)
  if (extractor === undefined) throw new Error('no extractor')
  return mentionedIn(extractEvent(event, extractor, 0, localeOf).outputs)
}

function mentionedIn(outputs: readonly OutRecord<unknown>[]): string[] {
  const found = observationsIn([...outputs]).filter(({ type }) => type === 'phone' || type === 'date')
  return [...new Set(found.map(({ label }) => label))].toSorted()
}

const message = { id: 'msg_1', type: 'email', is_inbound: true, created_at: at / 1_000, text }
const inputs: readonly [string, (localeOf: LocaleOf) => string[]][] = [
  [
    'a task',
    (localeOf) =>
      read(
        eventOf(
          {
            client_id: 'acme',
            action_id: 'get_client_data',
            task: { id: 't1', name: 'T', description: text, date_created: String(at) },
          },
          { type: 'task.received' },
        ),
        localeOf,
      ),
  ],
  [
    'a custom field of a task',
    (localeOf) => {
      const field = { id: 'f1', name: 'Note', type: 'text', value: text }
      const task = { id: 't1', name: 'T', custom_fields: [field] }
      const body = { client_id: 'acme', action_id: 'get_client_data', task }
      return read(eventOf(body, { type: 'task.received', occurred_at: at, received_at: at }), localeOf)
    },
  ],
  [
    'a message of Front',
    (localeOf) => {
      const conversation = { id: 'cnv_1', subject: 'Order', last_message: message }
      const body = { id: 'evt_1', type: 'inbound', emitted_at: at / 1_000, conversation }
      const event = eventOf(body, { type: 'message.received', occurred_at: at, received_at: at })
      return read(event, localeOf)
    },
  ],
  [
    'a snapshot',
    (localeOf) => {
      const messages = snapshot.messages.map((each) => ({ ...each, created_at: at, text }))
      return mentionedIn(extractedFrom({ ...snapshot, messages }, 0, localeOf))
    },
  ],
]

describe.each(inputs)('%s', (_, labelsOf) => {
  test('is read as its account’s country and time zone mean it', () => {
    expect(labelsOf(localesOf(holdSources(british)))).toEqual(['+442079460018', '2026-06-02', '2026-06-05'])
  })

  test('is read without national numbers and open dates, in UTC, when the account says no country', () => {
    expect(labelsOf(localesOf(holdSources(silent)))).toEqual(['2026-06-01'])
  })
})

test('a country counts for what is extracted from its change on', async () => {
  const held = holdSources(silent)
  const localeOf = localesOf(held)
  const [, [, ofField] = ['', () => []]] = inputs
  expect(ofField(localeOf)).toEqual(['2026-06-01'])
  held.replace(await sourcesWith(', country: US, time_zone: America/New_York'))
  expect(ofField(localeOf)).toEqual(['2026-05-06', '2026-06-01'])
  held.replace(british)
  expect(ofField(localeOf)).toContain('+442079460018')
})

test('an account is another one in another tenant', () => {
  const localeOf = localesOf(holdSources(british))
  expect(localeOf({ tenant: 'default', account: 'default' })).toEqual({ country: 'GB', timeZone: 'Europe/London' })
  expect(localeOf({ tenant: 'north', account: 'default' })).toEqual({})
  expect(localeOf({ tenant: 'default', account: 'acme' })).toEqual({})
})

import { expect, test } from 'vitest'
import { common, secretKeySettings, sourceSettings } from '../src/common-settings.ts'
import { secretsIn } from '../src/secrets-in.ts'
import { readSettings } from '../src/settings.ts'
import { defaultSources } from '../src/sources.ts'

test('secrets are those of settings, of URLs, of lists of keys, of sources and of accounts', () => {
  const definitions = { ...common, ...sourceSettings, ...secretKeySettings }
  const variables = {
    KAFKA_SASL_PASSWORD: 'sasl',
    REDIS_URL: 'redis://u:p%40ss@h:1',
    MILLRACE_SECRET_KEYS: 'one:a2V5LW9uZS1rZXktb25l,two:a2V5LXR3by1rZXktdHdv',
    WEBHOOK_SECRET: 'hook',
    FRONT_API_TOKEN: 'token',
  }
  const { values } = readSettings(definitions, { variables })
  const found = secretsIn(definitions, values, defaultSources(values))
  expect(found).toEqual(
    expect.arrayContaining(['sasl', 'p%40ss', 'p@ss', 'a2V5LW9uZS1rZXktb25l', 'a2V5LXR3by1rZXktdHdv', 'hook', 'token']),
  )
})

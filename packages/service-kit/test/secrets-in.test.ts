import { expect, test } from 'vitest'
import {
  apiTokenSettings,
  common,
  secretKeySettings,
  sourceSettings,
  webhookSecretSettings,
} from '../src/common-settings.ts'
import { secretsIn } from '../src/secrets-in.ts'
import { readSettings } from '../src/settings.ts'
import { defaultSources } from '../src/sources.ts'

const [one, two] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64'))

test('secrets are those of settings, of URLs, of lists of keys, of sources and of accounts', () => {
  const definitions = {
    ...common,
    ...sourceSettings,
    ...webhookSecretSettings,
    ...apiTokenSettings,
    ...secretKeySettings,
  }
  const variables = {
    KAFKA_SASL_PASSWORD: 'sasl',
    REDIS_URL: 'redis://u:p%40ss@h:1',
    MILLRACE_SECRET_KEYS: `one:${one},two:${two}`,
    WEBHOOK_SECRET: 'hook',
    FRONT_API_TOKEN: 'token',
  }
  const { values } = readSettings(definitions, { variables })
  const found = secretsIn(definitions, values, defaultSources(values))
  expect(found).toEqual(expect.arrayContaining(['sasl', 'p%40ss', 'p@ss', one, two, 'hook', 'token']))
})

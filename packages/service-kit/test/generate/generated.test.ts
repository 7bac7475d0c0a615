import { expect, test } from 'vitest'
import { outputs, root, stale } from '../../generate/outputs.ts'
import { readServiceSettings } from '../../generate/read-service-settings.ts'

test('what is generated is fresh', async () => {
  expect((await stale()).map(({ path }) => path)).toEqual([])
})

test('a variable means the same in every service', async () => {
  const settings = (await readServiceSettings(root)).flatMap((section) => section.settings)
  const meanings = Map.groupBy(settings, ({ env }) => env)
  const unclear = [...meanings].filter(([, of]) => new Set(of.map(({ kind, doc }) => `${kind} ${doc}`)).size > 1)
  expect(unclear.map(([env]) => env)).toEqual([])
})

test('no default of a secret is written', async () => {
  const env = (await outputs()).find(({ path }) => path === '.env.example')?.text ?? ''
  for (const name of ['WEBHOOK_SECRET', 'FRONT_API_TOKEN', 'KAFKA_SASL_PASSWORD'])
    expect(env).toMatch(new RegExp(`^#${name}=$`, 'm'))
})

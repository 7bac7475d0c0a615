import { expect, test } from 'vitest'
import { outputs, stale } from '../../generate/outputs.ts'

test('what is generated is fresh', async () => {
  expect((await stale()).map(({ path }) => path)).toEqual([])
})

test('no default of a secret is written', async () => {
  const env = (await outputs()).find(({ path }) => path === '.env.example')?.text ?? ''
  for (const name of ['WEBHOOK_SECRET', 'FRONT_API_TOKEN', 'KAFKA_SASL_PASSWORD'])
    expect(env).toMatch(new RegExp(`^#${name}=$`, 'm'))
})

import { afterAll, beforeAll, describe } from 'vitest'
import { startTestSystem, type TestSystem } from './support/test-system.ts'
import { conversations } from './system/conversations.ts'
import { frontSamples } from './system/front-samples.ts'
import { kills } from './system/kills.ts'
import { make } from './system/make.ts'
import { refusals } from './system/refusals.ts'
import { secrets } from './system/secrets.ts'
import { traces } from './system/traces.ts'
import { webhookTest } from './system/webhook-test.ts'

// One system for all: starting five services costs more than most of the tests. They run in this order.
let system: TestSystem | undefined
const use = (): TestSystem => {
  if (system === undefined) throw new Error('the system did not start')
  return system
}

beforeAll(async () => {
  system = await startTestSystem()
})

afterAll(async () => {
  await system?.stop()
})

describe('the whole system', () => {
  refusals(use)
  frontSamples(use)
  make(use)
  conversations(use)
  traces(use)
  webhookTest(use)
  kills(use)
  secrets(use)
})

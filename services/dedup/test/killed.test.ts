import { generateEvents, waitFor } from '@millrace/test-support'
import { expect, onTestFinished, test } from 'vitest'
import { createInstallation } from './support/installation.ts'
import { received } from './support/webhooks.ts'

const EVENTS = 1_500
const KILLS = 3

test('killed again and again amid duplicates, each event comes out once and in order within its conversation', async () => {
  const here = await createInstallation()
  onTestFinished(() => here.close())
  const traffic = generateEvents({ count: EVENTS, conversations: 40, duplicateRatio: 0.1, seed: Date.now() })
  const service = await here.run()
  const part = Math.ceil(traffic.events.length / KILLS)
  for (let kill = 0; kill < KILLS; kill++) {
    const before = here.events().length
    await here.send(...traffic.events.slice(kill * part, (kill + 1) * part).map(({ body }) => received(body)))
    await waitFor(() => here.events().length > before, { what: 'some events', everyMs: 5 })
    await service.kill()
    await service.start()
  }
  await here.settle(60_000)

  const byConversation = Map.groupBy(here.events(), ({ value }) => value.conversation_id ?? '')
  const ids = new Map(Array.from(byConversation, ([id, events]) => [id, events.map(({ value }) => value.event_id)]))
  expect(ids).toEqual(traffic.expected)
})

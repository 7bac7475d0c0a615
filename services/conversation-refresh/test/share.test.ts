import { createFrontClient, type FrontClient, FrontError } from '@millrace/front-client'
import { waitFor } from '@millrace/test-support'
import { afterEach, expect, test } from 'vitest'
import { freshConversation } from './support/events.ts'
import { createInstallation, type Installation } from './support/installation.ts'

let here: Installation
afterEach(() => here.close())

const MAX_IN_HAND = 20

/** Two accounts of one Front; that of tenant `storm` answers nothing until it is told to. */
async function begin() {
  here = await createInstallation()
  const client = createFrontClient({ token: here.front.token, baseUrl: here.front.url })
  let isStuck = true
  let waiting = 0
  const gate = Promise.withResolvers<void>()
  const stuck: FrontClient = {
    ...client,
    getConversation: async (id, options) => {
      if (isStuck) {
        waiting++
        await gate.promise
        throw new FrontError('MR_FRONT_UNAVAILABLE', 'it is back only now')
      }
      return client.getConversation(id, options)
    },
  }
  await here.start({ maxInHand: MAX_IN_HAND, clientOf: (tenant) => (tenant === 'storm' ? stuck : client) })
  const release = () => {
    isStuck = false
    gate.resolve()
  }
  return { release, waiting: () => waiting }
}

test("one tenant's storm does not hold up another's conversation, and none of it is lost", async () => {
  const { release, waiting } = await begin()
  const ids = Array.from({ length: MAX_IN_HAND * 3 }, freshConversation)
  for (const id of ids) here.front.world.putConversation({ id, subject: 'storm' })
  const storm = await Promise.all(ids.map((id) => here.event(id, { tenant: 'storm' })))
  await waitFor(() => waiting() > 0, { what: 'reads of the storm to hang' })
  const id = freshConversation()
  here.front.world.putConversation({ id, subject: 'calm' })
  const event = await here.event(id, { tenant: 'calm' })
  expect(await here.reflected(id, event)).toMatchObject({ tenant: 'calm', subject: 'calm' })
  expect(ids.flatMap((each) => here.snapshots(each))).toEqual([])
  release()
  for (const [place, each] of ids.entries()) await here.reflected(each, storm[place] as string)
  expect(here.deadLetters()).toBe(0)
})

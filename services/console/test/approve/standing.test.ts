import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Office, type Person, startOffice } from './people.ts'

let office: Office
beforeAll(async () => {
  office = await startOffice()
})
afterAll(() => office.close())

const standingOf = async ({ userId }: Person) => {
  const { body } = await office.call(office.host, 'GET', `/api/v1/users/${userId}`)
  return { counts_with: body.counts_with, needs_vouch: body.needs_vouch }
}
const nameOf = async (of: Person): Promise<string> => (await office.call(of, 'GET', '/api/v1/me')).body.name
const me = async (of: Person) => (await office.call(of, 'GET', '/api/v1/me')).body

test('an account tells with whom it counts as one person, and a number for vouching only while a vouch would change that', async () => {
  const maker = await office.admin()
  const stranger = await office.admin()
  const made = await office.makes(maker)
  const names = { maker: await nameOf(maker), made: await nameOf(made) }
  expect(await standingOf(made)).toEqual({ counts_with: [names.maker], needs_vouch: true })
  // Its maker is let in by the machine: nobody has to vouch for them.
  expect(await standingOf(maker)).toEqual({ counts_with: [names.made], needs_vouch: false })
  expect(await standingOf(stranger)).toEqual({ counts_with: [], needs_vouch: false })
  expect(await me(maker)).toMatchObject({ counts_with: [names.made], vouch_code: null })
  expect(await me(made)).toMatchObject({ counts_with: [names.maker], vouch_code: expect.stringMatching(/^\d{8}$/) })

  const { vouch_code } = await me(made)
  const answer = await office.post(stranger, `/api/v1/users/${made.userId}/vouch`, { code: vouch_code })
  expect(answer.status).toBe(204)
  expect(await standingOf(made)).toEqual({ counts_with: [], needs_vouch: false })
  expect(await standingOf(maker)).toEqual({ counts_with: [], needs_vouch: false })
  expect(await me(made)).toMatchObject({ counts_with: [], vouch_code: null })

  // A new link of the maker's may be used by the maker.
  await office.post(maker, `/api/v1/users/${made.userId}/link`)
  expect(await standingOf(made)).toEqual({ counts_with: [names.maker], needs_vouch: true })
  const { body } = await office.call(stranger, 'GET', '/api/v1/users')
  expect(body.items.find(({ id }: { id: string }) => id === made.userId)).toMatchObject(await standingOf(made))
})

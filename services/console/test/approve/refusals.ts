import { expect } from 'vitest'
import type { Office, Person } from './people.ts'

/** Who approves what, and how that is refused; status 403 when it is not given. */
export type Refused = [
  who: Person | undefined,
  asked: { readonly id: string; readonly params_sha256: string },
  code: string,
  status?: number,
]

/** Nobody approved it, and nothing was sent. */
export async function expectStillOpen(office: Office, id: string, status = 'pending'): Promise<void> {
  expect((await office.stored(id)).status).toBe(status)
  expect(await office.sent(id)).toEqual([])
}

export async function expectRefusal(office: Office, ...[who, asked, code, status = 403]: Refused): Promise<void> {
  const answer = await office.approves(who, asked)
  expect([answer.status, answer.body.code]).toEqual([status, code])
  await expectStillOpen(office, asked.id)
}

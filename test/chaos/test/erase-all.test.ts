import { expect, test } from 'vitest'
import { eraseAll } from '../src/erasure/erase-all.ts'
import type { Signed } from '../src/erasure/people.ts'

const APPROVED_AT = 1_795_000_000_000
const report = { progress: () => {} } as unknown as Parameters<typeof eraseAll>[0]['report']

function answers(posts: readonly number[], got: object, posted: object = {}): Signed {
  const left = [...posts]
  const answerOf = (status: number, body: object) => ({ status, body: body as Record<string, unknown>, text: '' })
  return {
    get: async () => answerOf(200, got),
    post: async () => answerOf(left.shift() ?? 500, posted),
  }
}

test('an approval whose answer was lost is timed from the approval, and not from the next try', async () => {
  const receipt = { approved_at: APPROVED_AT, plain_records_until: null }
  const times = { erased_at: APPROVED_AT + 61_000, ended_at: APPROVED_AT + 62_340 }
  const done = { state: 'done', ...times, phases: { keys: 10 }, receipt }
  const asker = answers([202], done, { erasure_id: 'ers_1', approval_id: 'apr_1' })
  const decider = answers([503, 409], { params_sha256: 'a' })
  const took = await eraseAll({ asker, decider, report, withoutEncryption: false, withinMs: 5_000 }, ['client:1'])
  expect(took).toEqual([{ id: 'ers_1', unreadable: 61, receipt: 62.3, phases: { keys: 10 }, plainUntil: null }])
})

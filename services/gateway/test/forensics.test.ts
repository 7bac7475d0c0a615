import { type RejectedRequest, topics } from '@millrace/schemas'
import { FRONT_PATH, signFront, waitFor } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { frontSource, type Installation, install, secrets } from './support/installation.ts'

const body = Buffer.from('{"type":"comment","id":"evt_1","text":"canary-body"}')
const past = { id: 'past', secret: 'canary-past-secret', schemes: ['app'], notAfter: Date.now() - 1_000 }
const quiet = { ...frontSource, name: 'quiet', path: '/api/webhooks/quiet' }
const neighbour = {
  ...frontSource,
  name: 'neighbour',
  tenant: 'other-tenant',
  path: '/api/webhooks/neighbour',
  secrets: [{ id: 'theirs', secret: 'canary-neighbour-secret' }],
}
const busy = { ...frontSource, name: 'busy', path: '/api/webhooks/busy' }

let at: Installation
beforeAll(async () => {
  const front = { ...frontSource, secrets: [...frontSource.secrets, past] }
  at = await install({ sources: [front, quiet, neighbour, busy] })
})
afterAll(() => at.close())

async function rejectedOf(source: string): Promise<{ key: string | null; value: RejectedRequest }[]> {
  const found: { key: string | null; value: RejectedRequest }[] = []
  for await (const record of at.kafka.read(topics.rejected, { from: 'beginning', untilEnd: true })) {
    const value = at.kafka.decode(topics.rejected, record)
    if (value?.source === source) found.push({ key: record.key, value })
  }
  return found
}

function firstRejectedOf(source: string) {
  return waitFor(async () => (await rejectedOf(source))[0], { what: `a record of a rejected request to ${source}` })
}

test('a request signed with the previous secret leaves one record and one log line that say so, and the caller learns only the rule', async () => {
  const answer = await at.post(FRONT_PATH, body, signFront(body, 'app', past.secret))
  expect(answer.status).toBe(401)
  expect(answer.json).toMatchObject({ rule: 'signature-mismatch' })
  expect(answer.body.toString()).not.toMatch(/past|expired|explain|mistake/)
  await firstRejectedOf('front')
  const records = await rejectedOf('front')
  expect(records).toEqual([
    {
      key: 'default/front',
      value: expect.objectContaining({
        webhook_id: answer.json.webhook_id,
        scheme: 'app',
        rule: 'signature-mismatch',
        mistakes: ['secret-expired'],
        secret_id: 'past',
        is_explained: true,
        body_bytes: body.length,
      }),
    },
  ])
  expect(at.log).toContainEqual(
    expect.objectContaining({ webhook_id: answer.json.webhook_id, mistakes: ['secret-expired'], level: 'warn' }),
  )
  expect(JSON.stringify([at.log, records])).not.toContain('canary')
})

test('the secret of another tenant’s source is named in the operator’s log and not in the tenant’s record', async () => {
  await at.post(quiet.path, body, signFront(body, 'app', 'canary-neighbour-secret'))
  const record = await firstRejectedOf('quiet')
  expect(record.value).toMatchObject({ mistakes: ['secret-of-other-source'], secret_source: null, secret_id: null })
  expect(at.log).toContainEqual(expect.objectContaining({ source: 'quiet', secret_source: 'neighbour' }))
})

test('a thousand forged requests in a minute leave ten records, and the source works on as before', async () => {
  const forged = signFront(body, 'app', 'guess')
  for (let round = 0; round < 20; round++) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => at.post(busy.path, body, forged)))
    for (const { status, json } of answers) expect([status, json.rule]).toEqual([401, 'signature-mismatch'])
  }
  const genuine = await at.post(busy.path, body, signFront(body, 'app', secrets.front))
  expect(genuine.status).toBe(200)
  // Explanations take at most 25 ms of each second, however slow the machine is.
  await waitFor(async () => (await rejectedOf('busy')).length >= 10, { what: 'ten records' })
  const records = await rejectedOf('busy')
  expect(records).toHaveLength(10)
  expect(records.every(({ value }) => value.mistakes.length === 0 && value.is_explained)).toBe(true)
})

test('of a large body the record has the rule and no explanation', async () => {
  const large = Buffer.from(JSON.stringify({ type: 'comment', text: 'x'.repeat(100_000) }))
  await at.post(neighbour.path, large, signFront(large, 'app', 'guess'))
  const record = await firstRejectedOf('neighbour')
  expect(record.value).toMatchObject({ rule: 'signature-mismatch', is_explained: false, body_bytes: large.length })
})

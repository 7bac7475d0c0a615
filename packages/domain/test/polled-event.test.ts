import { describe, expect, test } from 'vitest'
import { dedupIdentity, describePayload, nameEvent, polledEvent, recordKey } from '../src/index.ts'

const owner = { tenant: 'acme', account: 'acme-front', source: 'front-support' }
const event = {
  id: 'evt_55c8c149',
  type: 'inbound',
  emitted_at: 1_694_046_471.123,
  conversation: { id: 'cnv_55c8c149', subject: 'Hello', status: 'unassigned' },
  source: { _meta: { type: 'inboxes' }, data: [{ id: 'inb_1' }] },
  target: { _meta: { type: 'message' }, data: { id: 'msg_1' } },
}
const bodies = {
  'an application webhook': { type: 'inbound_received', authorization: { id: 'cmp_1' }, payload: event },
  'a rule webhook in full': event,
  'a rule preview': {
    ...event,
    conversation: { id: event.conversation.id },
    target: { _meta: { type: 'message' }, id: 'msg_1' },
  },
}
const bytes = Buffer.from(JSON.stringify(event))
const polled = polledEvent(owner, bytes, event, 1_694_046_500_000)

describe('an event that was polled', () => {
  test.each(Object.entries(bodies))('is the same event as %s of it, under the same key', (_, body) => {
    const description = describePayload('front', body)
    const input = {
      provider: 'front',
      description,
      headers: {},
      bytes: Buffer.from(JSON.stringify(body)),
      batchIndex: 0,
    }
    const identity = nameEvent(input)
    expect(polled.key).toBe(recordKey(owner.tenant, description, identity.value))
    const claim = (value: string) => dedupIdentity(owner.tenant, owner.account, 'front', { value })
    expect(claim(polled.identity)).toBe(claim(identity.value))
    expect(polled.headers.ce_type).toBe(description.type)
  })

  test('says that it was polled, and keeps its bytes', () => {
    expect(polled.value).toMatchObject({
      origin: 'poll',
      scheme: 'api',
      source: 'front-support',
      received_at: 1_694_046_500_000,
    })
    expect(polled.value.payload).toBe(bytes)
    expect(polled.occurredAt).toBe(1_694_046_471_123)
  })
})

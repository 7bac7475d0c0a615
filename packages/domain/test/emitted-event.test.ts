import { describe, expect, test } from 'vitest'
import { describePayload, emittedEvent, eventIdOf, nameEvent, recordKey } from '../src/index.ts'
import { eventFrom } from './events.ts'

const cause = eventFrom({ id: 'evt_1', type: 'inbound', conversation: { id: 'cnv_1' } })
const emission = {
  type: 'reply.due',
  data: { hours: 4 },
  key: '0',
  conversationId: 'cnv_1',
  contactId: null,
  clientId: null,
  occurredAt: 1_700_000_000_000,
}

/** The event that dedup makes of it. */
function named(emitted: ReturnType<typeof emittedEvent>) {
  const json: unknown = JSON.parse(emitted.value.payload.toString())
  const description = describePayload('millrace', json)
  const bytes = emitted.value.payload
  const identity = nameEvent({ provider: 'millrace', description, headers: {}, bytes, batchIndex: 0 })
  return { description, id: eventIdOf(identity, emitted.value.received_at), json }
}

describe('an emitted event', () => {
  test('has the same id whenever the same handling emits it', () => {
    const first = emittedEvent(cause, emission, 1)
    const again = emittedEvent(cause, { ...emission, data: { hours: 5 }, occurredAt: 2 }, 3)
    expect([named(first).id, named(again).id]).toEqual([first.eventId, first.eventId])
    expect(again.eventId).toBe(first.eventId)
  })

  test.each([
    ['by its key', emittedEvent(cause, { ...emission, key: '1' }, 1)],
    ['by its type', emittedEvent(cause, { ...emission, type: 'reply.late' }, 1)],
    ['by its cause', emittedEvent({ ...cause, event_id: 'evt_2' }, emission, 1)],
    ['by its tenant', emittedEvent({ ...cause, tenant: 'other' }, emission, 1)],
  ])('is another one %s', (_, other) => {
    expect(other.eventId).not.toBe(emittedEvent(cause, emission, 1).eventId)
  })

  test('goes on in the order of its conversation, and says what caused it', () => {
    const emitted = emittedEvent(cause, emission, 1)
    const { description, json } = named(emitted)
    expect(description).toMatchObject({
      type: 'millrace.reply.due',
      conversationId: 'cnv_1',
      occurredAt: 1_700_000_000_000,
      completeness: 'full',
    })
    expect(emitted.key).toBe(recordKey('acme', description, emitted.eventId))
    expect(emitted.headers).toMatchObject({ ce_type: 'millrace.reply.due', ce_subject: 'cnv_1' })
    expect(json).toMatchObject({ caused_by: 'evt_1', depth: 1, data: { hours: 4 } })
  })

  test('ends a chain of emitted events that cause each other', () => {
    let event = cause
    const depths: unknown[] = []
    const goOn = () => {
      for (;;) {
        const emitted = emittedEvent(event, emission, 1)
        const { json, description, id } = named(emitted)
        depths.push((json as { depth: unknown }).depth)
        event = { ...event, event_id: id, provider: 'millrace', type: description.type, payload: emitted.value.payload }
      }
    }
    expect(goOn).toThrow(/seem to answer each other/)
    expect(depths).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  test.each(['', 'Reply', 'a..b', 'a b', 'x'.repeat(81)])('of type "%s" is refused', (type) => {
    expect(() => emittedEvent(cause, { ...emission, type }, 1)).toThrow(/no type to emit/)
  })

  test('whose data is no JSON is refused', () => {
    expect(() => emittedEvent(cause, { ...emission, data: { big: 1n } }, 1)).toThrow(/no JSON/)
  })
})

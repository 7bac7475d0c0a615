import { createFrontClient, type FrontClient } from '@millrace/front-client'
import { type FrontSimulator, startFrontSimulator } from '@millrace/test-support'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bodyOf, eventFrom, handlersOf, messageEvent, type TestedHandlers } from './support/handling.ts'

let simulator: FrontSimulator
let front: FrontClient
let created: TestedHandlers
let updated: TestedHandlers
let received: TestedHandlers

beforeAll(async () => {
  simulator = await startFrontSimulator()
  front = createFrontClient({ token: simulator.token, baseUrl: simulator.url })
  created = await handlersOf({ created: () => import('../examples/conversation-created.ts') })
  updated = await handlersOf({ updated: () => import('../examples/conversation-updated.ts') })
  received = await handlersOf({ received: () => import('../examples/message-received.ts') }, { front })
})
beforeEach(() => {
  for (const handlers of [created, updated, received]) handlers.forget()
})
afterAll(async () => {
  await front.close()
  await simulator.close()
})

const told = ({ emitted, notices }: TestedHandlers) => ({
  emitted: emitted.map((each) => bodyOf(each).type),
  notified: notices.map(({ subject }) => subject),
})

const conversation = (fields: object) => ({ id: 'cnv_1', status: 'open', assignee: null, tags: [], ...fields })
const creation = (fields: object) => eventFrom({ type: 'conversation.created', payload: conversation(fields) })
const update = (fields: object) =>
  eventFrom({ id: 'evt_u', type: 'custom_field_updated', conversation: conversation(fields) })

describe('conversation-created', () => {
  test('wants triage for what nobody was given, and tells models', async () => {
    expect(await created.handle(creation({ subject: 'Hello' }))).toBe('done')
    expect(told(created)).toEqual({ emitted: ['triage.wanted'], notified: ['conversation://acme/cnv_1'] })
  })

  test('finds a lead by its subject', async () => {
    await created.handle(creation({ subject: 'A quote, please', assignee: { id: 'tea_1' } }))
    expect(told(created).emitted).toEqual(['lead.found'])
  })
})

describe('conversation-updated', () => {
  test('tells models of every change of a conversation', async () => {
    await updated.handle(eventFrom({ id: 'evt_1', type: 'archive', conversation: { id: 'cnv_1' } }))
    expect(told(updated)).toEqual({ emitted: [], notified: ['conversation://acme/cnv_1'] })
  })

  test('tells that a ticket is resolved, with its fields', async () => {
    await updated.handle(update({ status: 'resolved', custom_fields: { plan: 'gold' } }))
    expect(told(updated)).toEqual({ emitted: ['ticket.resolved'], notified: ['conversation://acme/cnv_1'] })
    expect(updated.emitted.map((each) => bodyOf(each).data)).toEqual([{ fields: { plan: 'gold' } }])
  })
})

describe('message-received', () => {
  test('tells of an urgent message, without its text', async () => {
    expect(await received.handle(messageEvent('Our shop is down since noon, URGENT!'))).toBe('done')
    expect(told(received)).toEqual({ emitted: ['message.urgent'], notified: ['conversation://acme/cnv_1'] })
    expect(received.emitted.map((each) => bodyOf(each).data)).toEqual([{ message_id: 'msg_1', word: 'down since' }])
  })

  test('says nothing of any other message', async () => {
    await received.handle(messageEvent('Thank you for the lovely lunch.'))
    expect(told(received)).toEqual({ emitted: [], notified: [] })
  })

  test('reads the text of a preview from Front, and waits while Front is down', async () => {
    simulator.world.putConversation({ id: 'cnv_2' })
    const message = simulator.world.addMessage('cnv_2', { text: 'We cannot log in' })
    const preview = eventFrom({
      ...{ id: 'evt_p', type: 'inbound', conversation: { id: 'cnv_2' } },
      target: { _meta: { type: 'message' }, data: { id: message.id } },
    })
    simulator.outage(true)
    expect(await received.handle(preview, { tries: 1 })).toMatchObject({ retryable: true })
    simulator.outage(false)
    expect(await received.handle(preview)).toBe('done')
    expect(told(received).emitted).toEqual(['message.urgent'])
  })
})

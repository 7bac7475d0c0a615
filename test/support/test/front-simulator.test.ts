import { newSecret } from '@millrace/signing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FrontSimulator, startFrontSimulator } from '../src/front-simulator/server.ts'
import { startReceiver } from '../src/receiver.ts'
import { freshSamples } from '../src/sample-traffic.ts'

let front: FrontSimulator

beforeEach(async () => {
  front = await startFrontSimulator({ autoCreate: true })
})
afterEach(() => front.close())

async function get(path: string): Promise<Record<string, unknown>> {
  const response = await fetch(front.url + path, { headers: { authorization: `Bearer ${front.token}` } })
  return (await response.json()) as Record<string, unknown>
}

test('an unknown conversation is made up, always the same one', async () => {
  const first = await get('/conversations/cnv_abc')
  const messages = await get('/conversations/cnv_abc/messages')
  front.reset()
  expect((await get('/conversations/cnv_abc')).subject).toBe(first.subject)
  const again = (await get('/conversations/cnv_abc/messages'))._results as { id: string; text: string }[]
  const texts = (list: unknown) => (list as { id: string; text: string }[]).map(({ id, text }) => [id, text])
  expect(texts(again)).toEqual(texts(messages._results))
  expect(again.length).toBeGreaterThan(0)
})

test('the API agrees with the webhooks that it was told of', async () => {
  const samples = freshSamples().filter((sample) => sample.provider === 'front')
  for (const sample of samples) expect(front.learn(JSON.parse(sample.body.toString()))).toBe(sample.conversationId)
  const reply = samples.find((sample) => sample.name.includes('out_reply'))
  const conversation = await get(`/conversations/${reply?.conversationId}`)
  expect(conversation).toMatchObject({ status: 'assigned', subject: 'Re: Being a robot is great, but...' })
  const messages = (await get(`/conversations/${reply?.conversationId}/messages`))._results as { is_inbound: boolean }[]
  expect(messages.map((message) => message.is_inbound)).toEqual([false, true])
  const comments = (await get(`/conversations/${reply?.conversationId}/comments`))._results as unknown[]
  expect(comments).toHaveLength(1)
})

test('the whole event is given for a preview', async () => {
  const preview = freshSamples().find((sample) => sample.name.includes('preview'))
  front.learn(JSON.parse(preview?.body.toString() ?? ''))
  expect(await get(`/events/${preview?.eventId}`)).toMatchObject({
    conversation: { id: preview?.conversationId, subject: expect.any(String) },
    target: { _meta: { type: 'teammate' }, data: { id: 'tea_55c8c149' } },
  })
})

test('another process drives it over HTTP', async () => {
  const control = (path: string, body: unknown) =>
    fetch(`${front.url}/_control${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  await control('/conversations', { id: 'cnv_1', subject: 'Told' })
  await control('/conversations/cnv_1/messages', { text: 'Hi' })
  await control('/merges', { from: 'cnv_0', into: 'cnv_1' })
  await control('/faults', { path: '/events', status: 500, count: 1 })
  expect(await get('/conversations/cnv_0')).toMatchObject({ id: 'cnv_1', subject: 'Told' })
  expect(await get('/events')).toMatchObject({ _error: { status: 500 } })
  expect(await get('/events')).toMatchObject({ _results: [] })
  expect(await (await fetch(`${front.url}/_control`)).json()).toMatchObject({
    conversations: 1,
    calls: { 200: 2, 301: 1, 500: 1, total: 4 },
  })
})

test('a control that it does not understand is refused with the field, and changes nothing', async () => {
  const control = async (path: string, body: unknown) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const answer = await fetch(`${front.url}/_control${path}`, init)
    return [answer.status, (await answer.json()) as unknown]
  }
  const told = (problem: string) => [400, { problem: expect.stringContaining(problem) }]
  expect(await control('/trouble', { looses: 0.5 })).toEqual(told('looses is not known; there are loses'))
  expect(await control('/trouble', { loses: 5 })).toEqual(told('loses must be a number from 0 to 1'))
  const url = 'http://127.0.0.1:1'
  expect(await control('/subscriptions', { kind: 'rule', url, secret: '' })).toEqual(told('secret must be a text'))
  expect(await control('/subscriptions', { kind: 'rule', url })).toEqual(told('secret must be a text'))
  expect(await control('/outage', { down: true })).toEqual(told('down is not known'))
  expect(front.webhooks.list()).toEqual([])
})

test('what goes wrong with webhooks, and which were lost, is told over HTTP', async () => {
  const asked = async (path: string) => (await fetch(`${front.url}/_control${path}`)).json()
  await front.webhooks.add({ kind: 'rule', url: 'http://127.0.0.1:1', secret: 'rule' })
  front.webhooks.trouble({ loses: 1 })
  expect(await asked('/trouble')).toEqual({ loses: 1 })
  front.company.open({ subject: 'Lost' })
  const lost = front.webhooks.lost()
  expect(lost.length).toBeGreaterThan(0)
  expect([await asked('/lost'), await asked('/late')]).toEqual([lost, []])
})

test('an app webhook is saved only when its URL answers the signed challenge; a rule webhook has none and is sent once', async () => {
  const receiver = await startReceiver({ secret: newSecret() })
  await expect(front.webhooks.add({ kind: 'app', url: receiver.url, secret: 'app' })).rejects.toThrow('did not answer')
  expect(front.webhooks.list()).toEqual([])
  const rule = await front.webhooks.add({ kind: 'rule', url: receiver.url, secret: 'rule' })
  expect((await front.webhooks.send(rule.id, Buffer.from('{}'))).map(({ status }) => status)).toEqual([401])
  expect(receiver.requests().at(-1)?.headers['x-front-signature']).toHaveLength(28)
  expect(front.webhooks.remove(rule.id)).toBe(true)
  await receiver.close()
})

import { describePayload } from '@millrace/domain'
import { expect, test } from 'vitest'
import { fixture, fixtureNames } from '../src/fixtures.ts'
import { generateEvents } from '../src/generate-events.ts'
import { freshSamples } from '../src/sample-traffic.ts'

const now = Date.parse('2026-11-22T10:00:00Z')

test('covers every Front and Make fixture', () => {
  const wanted = fixtureNames.filter((name) => !name.startsWith('clickup/'))
  expect(
    freshSamples(now)
      .map((sample) => sample.name)
      .sort(),
  ).toEqual([...wanted].sort())
})

test('what a sample says of itself is what domain reads in its body', () => {
  for (const sample of freshSamples()) {
    const description = describePayload(sample.provider, JSON.parse(sample.body.toString()))
    const { type, conversationId, clientId, providerEventId } = description
    expect({ name: sample.name, type, conversationId, clientId, eventId: providerEventId }).toMatchObject({
      name: sample.name,
      type: sample.type,
      conversationId: sample.conversationId,
      clientId: sample.clientId,
      eventId: sample.eventId,
    })
  }
})

test('no id is used twice over runs, and one id stays one over the samples of a run', () => {
  const [first, second] = [freshSamples(now), freshSamples(now)]
  const conversations = new Set(first.map((sample) => sample.conversationId))
  expect(second.some((sample) => sample.conversationId !== null && conversations.has(sample.conversationId))).toBe(
    false,
  )
  const ofOne = first.filter((sample) => sample.conversationId === first[1]?.conversationId)
  expect(ofOne.map((sample) => sample.type)).toEqual([
    'message.received',
    'conversation.tagged',
    'message.sent',
    'comment.mentioned',
  ])
})

test('times end at now and keep their order within a conversation', () => {
  const emitted = freshSamples(now)
    .filter((sample) => sample.eventId)
    .map((sample) => [sample.conversationId, JSON.parse(sample.body.toString())] as const)
    .map(([conversation, body]) => [conversation, (body.payload ?? body).emitted_at * 1000] as const)
  for (const [conversation, time] of emitted) {
    expect(time).toBeLessThanOrEqual(now)
    expect(time).toBeGreaterThan(now - 3_600_000)
    const times = emitted.filter(([other]) => other === conversation).map(([, each]) => each)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  }
})

test('everything but ids and times keeps its bytes', () => {
  const bare = (text: string): string =>
    text.replaceAll(/\b(evt|cnv|msg|com)_[0-9a-z]+\b/g, '$1').replaceAll(/("\w+_at"\s*:\s*)[\d.]+/g, '$1')
  for (const sample of freshSamples(now).filter((each) => each.provider === 'front')) {
    expect(bare(sample.body.toString())).toBe(bare(fixture(sample.name).toString()))
  }
})

test('generated traffic is the same for a seed and has the asked repeats after their firsts', () => {
  const options = { count: 2_000, conversations: 50, duplicateRatio: 0.1, seed: 7, startAt: now }
  const traffic = generateEvents(options)
  expect(generateEvents(options)).toEqual(traffic)
  expect(traffic.events.filter((event) => event.isDuplicate)).toHaveLength(200)
  const seen = new Set<string>()
  for (const event of traffic.events) {
    expect(seen.has(event.eventId)).toBe(event.isDuplicate)
    seen.add(event.eventId)
  }
  expect(seen.size).toBe(2_000)
})

test('generated events are what domain reads in them, and come out in their order', () => {
  const { events, expected } = generateEvents({ count: 200, conversations: 5, duplicateRatio: 0, seed: 8 })
  for (const event of events) {
    const description = describePayload('front', JSON.parse(event.body.toString()))
    expect(description).toMatchObject({
      type: event.type,
      conversationId: event.conversationId,
      providerEventId: event.eventId,
      completeness: 'full',
    })
  }
  for (const [conversation, ids] of expected) {
    expect(events.filter((event) => event.conversationId === conversation).map((event) => event.eventId)).toEqual(ids)
  }
})

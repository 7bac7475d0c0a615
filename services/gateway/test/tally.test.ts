import { expect, test } from 'vitest'
import { createTally, type Tally } from '../src/tally.ts'
import { frontSource } from './support/installation.ts'

const { name } = frontSource

/** Ends a request of the source that broke `rule`. */
function refuse(tally: Tally, webhookId: string, receivedAt: number, rule = 'signature-mismatch'): void {
  tally.add({ source: frontSource, webhookId, rule, events: 0, isHandshake: false, positions: 0, receivedAt })
}

test('an explanation that comes late does not pass for the reason of a newer refusal', () => {
  const tally = createTally()
  refuse(tally, 'a', 1)
  refuse(tally, 'b', 2, 'signature-missing')
  tally.explain({ source: name, webhookId: 'a', rule: 'signature-mismatch', likelyCause: 'of a' })
  expect(tally.of(name).last_refused).toEqual({ at: 2, webhook_id: 'b', rule: 'signature-missing', likely_cause: null })
})

test('a refusal that nothing explains does not inherit the reason of the one before', () => {
  const tally = createTally()
  refuse(tally, 'a', 1)
  tally.explain({ source: name, webhookId: 'a', rule: 'signature-mismatch', likelyCause: 'of a' })
  expect(tally.of(name).last_refused).toMatchObject({ webhook_id: 'a', likely_cause: 'of a' })
  refuse(tally, 'forged', 2)
  expect(tally.of(name).last_refused).toMatchObject({ webhook_id: 'forged', likely_cause: null })
})

test('an explanation that is there before its answer has gone out is shown once it has', () => {
  const tally = createTally()
  refuse(tally, 'before', 1)
  tally.explain({ source: name, webhookId: 'a', rule: 'signature-mismatch', likelyCause: 'of a' })
  expect(tally.of(name).last_refused).toMatchObject({ webhook_id: 'before', likely_cause: null })
  refuse(tally, 'a', 2)
  expect(tally.of(name).last_refused).toMatchObject({ webhook_id: 'a', likely_cause: 'of a' })
})

test('a caller that hung up is not explained by what its signature was refused for', () => {
  const tally = createTally()
  tally.explain({ source: name, webhookId: 'a', rule: 'signature-mismatch', likelyCause: 'of a' })
  refuse(tally, 'a', 1, 'hung-up')
  expect(tally.of(name).last_refused).toMatchObject({ rule: 'hung-up', likely_cause: null })
})

test('an answer that took long to go out does not make its older refusal the last one', () => {
  const tally = createTally()
  refuse(tally, 'b', 2)
  refuse(tally, 'a', 1)
  expect(tally.of(name).last_refused).toMatchObject({ at: 2, webhook_id: 'b' })
  expect(tally.of(name).refused).toEqual({ 'signature-mismatch': 2 })
})

test('events are counted by the scheme that proved them', () => {
  const tally = createTally()
  const events = { source: frontSource, webhookId: 'a', rule: undefined, isHandshake: false, receivedAt: 1 }
  tally.add({ ...events, scheme: 'app', events: 2, positions: 2 })
  tally.add({ ...events, scheme: 'rule', events: 1, positions: 1 })
  tally.add({ ...events, scheme: 'app', events: 1, positions: 1 })
  expect(tally.of(name)).toMatchObject({ events: 4, events_by_scheme: { app: 3, rule: 1 } })
})

test('what holds no event is a handshake only where one was answered', () => {
  const tally = createTally()
  const request = { source: frontSource, webhookId: 'a', rule: undefined, events: 0, positions: 0 }
  tally.add({ ...request, isHandshake: false, receivedAt: 1 })
  expect(tally.of(name)).toMatchObject({ handshakes: 0, last_handshake_at: null, accepted: 0 })
  tally.add({ ...request, isHandshake: true, receivedAt: 2 })
  expect(tally.of(name)).toMatchObject({ handshakes: 1, last_handshake_at: 2, accepted: 0 })
})

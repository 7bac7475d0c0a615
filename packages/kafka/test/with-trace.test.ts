import { expect, test } from 'vitest'
import { withTrace } from '../src/telemetry.ts'

const cause = new Map([
  ['x-webhook-id', Buffer.from('webhook-1')],
  ['traceparent', Buffer.from('00-11111111111111111111111111111111-2222222222222222-01')],
  ['ce_type', Buffer.from('message.received')],
])

test('a record that another one caused has that one’s trace and webhook id, and nothing else of it', () => {
  const headers = withTrace({ ce_type: 'task.received' }, cause)
  expect(Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))).toEqual({
    ce_type: 'task.received',
    'x-webhook-id': 'webhook-1',
    traceparent: '00-11111111111111111111111111111111-2222222222222222-01',
  })
})

test('a webhook id that a record names itself stays', () => {
  expect(withTrace({ 'x-webhook-id': 'webhook-2' }, cause)['x-webhook-id']).toBe('webhook-2')
})

test('a record without a cause gets no webhook id', () => {
  expect(withTrace({ ce_type: 'task.received' })).toEqual({ ce_type: 'task.received' })
})

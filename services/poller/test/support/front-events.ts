import { randomBytes } from 'node:crypto'
import type { FrontSimulator } from '@millrace/test-support'

let made = 0

export const freshId = (prefix: string): string => `${prefix}_${randomBytes(4).toString('hex')}${(made++).toString(36)}`

/** An event as Front lists it. `at`: epoch milliseconds. */
export function frontEvent(at: number, conversationId: string, id = freshId('evt')) {
  return {
    id,
    type: 'archive',
    emitted_at: at / 1000,
    conversation: { id: conversationId, subject: 'Hello', status: 'archived', updated_at: at / 1000 },
    source: { _meta: { type: 'teammate' }, data: { id: 'tea_1' } },
  }
}

/** Lists `count` events of some conversations, one each millisecond up to `until`; gives their ids. */
export function listEvents(front: FrontSimulator, count: number, until: number): string[] {
  const conversations = Array.from({ length: Math.min(count, 7) }, () => freshId('cnv'))
  return Array.from({ length: count }, (_, index) => {
    const event = frontEvent(until - count + index, conversations[index % conversations.length] ?? '')
    front.world.addEvent(event)
    return event.id
  })
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseCall, isListed, type WaitingPreview } from '../src/choose-call.ts'

function preview(id: string, at: number, conversationId: string, type = 'message.received'): WaitingPreview {
  return { id: `evt_${id}`, at, type, conversationId, misses: 0 }
}

test('one preview alone is asked for itself', () => {
  expect(chooseCall([preview('1', 5, 'cnv_1')], 3)).toMatchObject({ kind: 'event', aim: [{ id: 'evt_1' }] })
})

test('previews of many conversations share a page of the company that begins with the oldest, of their types alone', () => {
  const chosen = chooseCall([preview('1', 5, 'cnv_1'), preview('2', 6, 'cnv_2', 'conversation.tagged')], 3)
  expect(chosen).toMatchObject({ kind: 'events', after: 4, types: ['inbound', 'tag'] })
  expect(chosen.aim).toHaveLength(2)
})

test('a conversation that waits for more than a page of the company holds has a page of its own', () => {
  const many = [1, 2, 3, 4].map((n) => preview(String(n), n, 'cnv_busy'))
  expect(chooseCall([preview('0', 0, 'cnv_1'), ...many], 3)).toMatchObject({
    kind: 'conversation-events',
    conversationId: 'cnv_busy',
    aim: many,
  })
})

test('what lists cannot show is not looked for in them', () => {
  expect(isListed(preview('1', 1, 'cnv_1'))).toBe(true)
  expect(isListed({ ...preview('1', 1, 'cnv_1'), misses: 2 })).toBe(false)
  expect(isListed({ ...preview('1', 1, 'cnv_1'), id: 'hash' })).toBe(false)
  expect(isListed(preview('1', 1, 'cnv_1', 'conversation.created'))).toBe(false)
  expect(isListed(preview('1', 1, 'cnv_1', 'front.call_started'))).toBe(true)
})

test('every call is aimed at something that waits, and none leaves the oldest behind for ever', () => {
  const waiting = fc.uniqueArray(fc.record({ n: fc.nat(50), c: fc.nat(4) }), { selector: ({ n }) => n, minLength: 1 })
  fc.assert(
    fc.property(waiting, fc.double({ min: 0, max: 15, noNaN: true }), (list, expected) => {
      let left = list.map(({ n, c }) => preview(String(n), n, `cnv_${c}`)).toSorted((a, b) => a.at - b.at)
      for (let calls = 0; left.length > 0; calls++) {
        expect(calls).toBeLessThanOrEqual(list.length)
        const chosen = chooseCall(left, expected)
        expect(chosen.aim.length).toBeGreaterThan(0)
        // A page shows at least the oldest that it was asked for.
        const shown = chosen.kind === 'events' ? chosen.aim.slice(0, 1) : chosen.aim
        left = left.filter((each) => !shown.includes(each))
      }
    }),
  )
})

import { FrontError, type ListAnswer, type ListEventsOptions } from '@millrace/front-client'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSeenEvents, type EventRange, readEvents } from '../src/index.ts'
import { recordingLog } from './recording-log.ts'

const PAGE = 3
const T0 = 1_700_000_000_000

interface Listed {
  readonly id: string
  readonly at: number
}

/**
 * A list of events whose pages are counted from its beginning at the time of the call, as the least helpful API does it: what is listed between two
 * calls moves what follows.
 */
function listOf(events: Listed[], onCall: (call: number) => void = () => {}) {
  let calls = 0
  const listEvents = async ({ after = 0, before, pageToken, order }: ListEventsOptions = {}): Promise<ListAnswer> => {
    onCall(calls++)
    const chosen = events.filter(({ at }) => at > after && (before === undefined || at < before))
    const inOrder = chosen.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
    if (order !== 'asc') inOrder.reverse()
    const start = Number(pageToken ?? 0)
    const results = inOrder.slice(start, start + PAGE).map(({ id, at }) => ({ id, emitted_at: at / 1000 }))
    const next = start + PAGE < inOrder.length ? String(start + PAGE) : null
    const json = { _results: results, _pagination: { next } }
    const bytes = Buffer.from(JSON.stringify(json))
    const page = { value: { results, next }, json, bytes, startedAt: 0, mergedInto: null }
    return { value: results, pages: [page], hasMore: next !== null, next, startedAt: 0, mergedInto: null }
  }
  return { listEvents, calls: () => calls }
}

function reading(client: { listEvents: (options?: ListEventsOptions) => Promise<ListAnswer> }) {
  const stored: string[] = []
  const kafka = {
    send: async (_topic: unknown, key: string, value: unknown) => {
      const { payload } = value as { payload: Buffer }
      stored.push((JSON.parse(String(payload)) as { id: string }).id)
      return { topic: 'received', partition: 0, offset: 0n, id: key }
    },
  }
  const parts = {
    client,
    owner: { tenant: 'acme', account: 'acme', source: 'front' },
    kafka: kafka as Parameters<typeof readEvents>[0]['kafka'],
    seen: createSeenEvents(),
    log: recordingLog().logger,
    onEvent: () => {},
    signal: new AbortController().signal,
  }
  const range = (more: Partial<EventRange> = {}): EventRange => ({
    after: T0,
    lane: 'poll',
    maxPages: Number.POSITIVE_INFINITY,
    ...more,
  })
  return { stored, read: (more?: Partial<EventRange>) => readEvents(parts, range(more)) }
}

const time = fc.integer({ min: T0 + 1, max: T0 + 30 })
const listed = (name: string, times: readonly number[]) => times.map((at, index) => ({ id: `evt_${name}${index}`, at }))

describe('reading the list of events', () => {
  test('skips none that was listed before it began, whatever is listed meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(time, { maxLength: 20 }),
        fc.array(time, { maxLength: 20 }),
        async (first, meanwhile) => {
          const events = listed('a', first)
          const coming = listed('b', meanwhile)
          const { read, stored } = reading(
            listOf(events, (call) => void (call > 0 && events.push(...coming.splice(0, 2)))),
          )
          await read()
          expect(stored).toEqual(expect.arrayContaining(listed('a', first).map(({ id }) => id)))
          expect(new Set(stored).size).toBe(stored.length)
        },
      ),
    )
  })

  test('finds in its next overlapping turn what was listed late in the turn before', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(time, { maxLength: 20 }),
        fc.array(time, { maxLength: 20 }),
        async (first, meanwhile) => {
          const events = listed('a', first)
          const coming = listed('b', meanwhile)
          const { read, stored } = reading(
            listOf(events, (call) => void (call > 0 && events.push(...coming.splice(0, 2)))),
          )
          const { newest } = await read()
          coming.length = 0
          await read({ after: (newest ?? 0) - 100 })
          expect(new Set(stored)).toEqual(new Set(events.map(({ id }) => id)))
        },
      ),
    )
  })

  test('stopped after some pages, it has stored everything before what it says it reached', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(time, { maxLength: 20 }), fc.integer({ min: 1, max: 4 }), async (times, maxPages) => {
        const events = listed('a', times)
        const { read, stored } = reading(listOf(events))
        const { reached, isComplete } = await read({ maxPages })
        const due = isComplete ? events : events.filter(({ at }) => at < reached)
        expect(stored).toEqual(expect.arrayContaining(due.map(({ id }) => id)))
      }),
    )
  })

  test('of a list that is not in order it says to have reached nothing before the end', async () => {
    const list = listOf(listed('a', [T0 + 1, T0 + 2, T0 + 3, T0 + 4, T0 + 5]))
    const { read } = reading({ listEvents: (options) => list.listEvents({ ...options, order: 'desc' }) })
    expect(await read({ maxPages: 1 })).toMatchObject({ reached: T0, isComplete: false })
    expect(await read()).toMatchObject({ newest: T0 + 5, isComplete: true })
  })

  test('a page token that Front does not take any more costs a few repeats, not the reading', async () => {
    const events = listed('a', [T0 + 1, T0 + 2, T0 + 3, T0 + 4, T0 + 5, T0 + 6, T0 + 7, T0 + 8])
    const list = listOf(events)
    let refused = 0
    const { read, stored } = reading({
      listEvents: async (options) => {
        if (options?.pageToken === '6' && refused++ === 0)
          throw new FrontError('MR_FRONT_REJECTED', 'page_token expired')
        return list.listEvents(options)
      },
    })
    expect((await read()).isComplete).toBe(true)
    expect(stored).toEqual(events.map(({ id }) => id))
  })

  test('a list that leads back to the same page is not followed for ever', async () => {
    const list = listOf(listed('a', [T0 + 1, T0 + 2, T0 + 3, T0 + 4]))
    const { read } = reading({ listEvents: async (options) => ({ ...(await list.listEvents(options)), next: '3' }) })
    await expect(read()).rejects.toMatchObject({ code: 'MR_FRONT_BAD_ANSWER' })
  })
})

test('events that were stored are known until as many others came', () => {
  const seen = createSeenEvents(2)
  for (const id of ['a', 'b']) seen.add(id)
  expect(seen.has('a')).toBe(true)
  seen.add('c')
  expect(['a', 'b', 'c'].map((id) => seen.has(id))).toEqual([true, false, true])
})

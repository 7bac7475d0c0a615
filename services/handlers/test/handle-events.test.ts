import { freePort } from '@millrace/local'
import { describe, expect, test } from 'vitest'
import { type HandlerContext, on, permanent, transient } from '../src/index.ts'
import { bodyOf, eventFrom, handlersOf, messageEvent, replayOf } from './support/handling.ts'

describe('who gets an event', () => {
  test('every handler of its type, of its prefix and of all types, in the order of the files', async () => {
    const called: string[] = []
    const { handle } = await handlersOf({
      first: () => {
        on('message.*', () => void called.push('prefix'))
        on(['message.sent', 'message.received'], ({ type }) => void called.push(type))
      },
      second: () => {
        on('*', () => void called.push('all'))
        on('conversation.archived', () => void called.push('another'))
      },
    })
    expect(await handle(messageEvent())).toBe('done')
    expect(called).toEqual(['prefix', 'message.received', 'all'])
  })

  test('its message, conversation, task or data come typed with it', async () => {
    const seen: unknown[] = []
    const { handle } = await handlersOf({
      typed: () => {
        on('message.received', ({ message, conversation }) => void seen.push([message.text, conversation?.subject]))
        on('conversation.archived', ({ conversation }) => void seen.push(conversation))
        on('task.received', ({ task, client_id }) => void seen.push([task?.name, client_id]))
        on('millrace.reply.due', ({ data, caused_by }) => void seen.push([data, caused_by]))
      },
    })
    await handle(messageEvent('Hello'))
    await handle(eventFrom({ id: 'evt_1', type: 'archive', conversation: { id: 'cnv_1' } }))
    await handle(eventFrom({ client_id: 7, action_id: 'a', task: { id: 't', name: 'Call' } }, 'make'))
    await handle(eventFrom({ id: 'x', type: 'reply.due', caused_by: 'evt_0', data: { hours: 4 } }, 'millrace'))
    expect(seen).toEqual([['Hello', 'A question'], null, ['Call', '7'], [{ hours: 4 }, 'evt_0']])
  })

  test('a replay is for the group that it names alone', async () => {
    const replays: unknown[] = []
    const { handle } = await handlersOf({ file: () => on('*', ({ replay }) => void replays.push(replay)) })
    await handle(replayOf(messageEvent(), { target: 'handlers-b' }))
    await handle(replayOf(messageEvent(), { target_kind: 'endpoint', target: 'handlers' }))
    expect(replays).toEqual([])
    await handle(replayOf(messageEvent()))
    expect(replays).toEqual([{ replay_id: 'replay-1', run_id: 'run-1' }])
  })
})

describe('a handler that fails', () => {
  test('is tried again, and those that are done are not', async () => {
    const called: string[] = []
    const { handle, runs } = await handlersOf({
      good: () => on('*', () => void called.push('good')),
      shaky: () =>
        on('*', () => {
          if (called.push('shaky') < 4) throw transient('the shop is closed')
        }),
    })
    expect(await handle(messageEvent())).toBe('done')
    expect(called).toEqual(['good', 'shaky', 'shaky', 'shaky'])
    expect(runs.map(([, outcome]) => outcome)).toEqual(['done', 'again', 'again', 'done'])
  })

  test('for good leaves the others their work, and the dead letter names it without quoting the event', async () => {
    const called: string[] = []
    const { handle, runs } = await handlersOf({
      broken: () =>
        on('*', ({ json }) => {
          throw new TypeError(`cannot read ${JSON.stringify(json)}`)
        }),
      good: () => on('*', () => void called.push('good')),
    })
    const outcome = await handle(messageEvent('a secret'))
    expect(called).toEqual(['good'])
    expect(outcome).toMatchObject({
      code: 'MR_HANDLERS_FAILED',
      message: 'handler "broken *": TypeError',
      retryable: false,
    })
    expect((outcome as Error).stack).toContain('handle-events.test.ts')
    expect(runs).toEqual([
      ['broken *', 'failed'],
      ['good *', 'done'],
    ])
  })

  test('by `permanent` is given up with its own words', async () => {
    const { handle } = await handlersOf({
      file: () =>
        on('*', () => {
          throw permanent('the client left in 2024')
        }),
    })
    expect(await handle(messageEvent())).toMatchObject({
      code: 'MR_HANDLERS_REFUSED',
      message: 'handler "file *": the client left in 2024',
    })
  })

  test('because the network does is tried again, as `fetch` says it', async () => {
    const deaf = await freePort()
    let calls = 0
    const { handle } = await handlersOf({
      file: () =>
        on('*', async () => {
          if (calls++ === 0) await fetch(`http://127.0.0.1:${deaf}/`)
        }),
    })
    expect(await handle(messageEvent())).toBe('done')
    expect(calls).toBe(2)
  })

  test('by its time is told so by its signal, and is never run twice at a time', async () => {
    let calls = 0
    let running = 0
    let most = 0
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const { handle, runs } = await handlersOf(
      {
        deaf: () =>
          on('*', async (_, { signal }) => {
            calls++
            most = Math.max(most, ++running)
            signal.addEventListener('abort', () => setTimeout(release, 150))
            await released
            running--
          }),
      },
      { timeoutMs: 100 },
    )
    expect(await handle(messageEvent(), { tries: 10 })).toBe('done')
    expect([calls, most]).toEqual([1, 1])
    expect(runs.at(0)).toEqual(['deaf *', 'again'])
  })
})

describe('what a handler emits', () => {
  test('is an event of the same conversation with one id over all tries, and another for another handler', async () => {
    let tries = 0
    const { handle, emitted } = await handlersOf({
      one: () =>
        on('*', async (_, { emit }) => {
          await emit('reply.due', { hours: 4 })
          if (++tries < 3) throw transient('later')
        }),
      two: () => on('*', async (_, { emit }) => void (await emit('reply.due', { hours: 4 }))),
    })
    const event = messageEvent()
    expect(await handle(event)).toBe('done')
    const bodies = emitted.map(bodyOf)
    expect(bodies).toHaveLength(4)
    expect(new Set(bodies.map(({ id }) => id)).size).toBe(2)
    expect(bodies[0]).toMatchObject({ type: 'reply.due', conversation_id: 'cnv_1', caused_by: event.event_id })
    expect(emitted[0]).toMatchObject({
      tenant: 'acme',
      account: 'acme-front',
      provider: 'millrace',
      source: 'handlers',
    })
  })

  test('twice are two events; by one key they are one', async () => {
    const { handle, emitted } = await handlersOf({
      file: () =>
        on('*', async (_, { emit }) => {
          await emit('a', 1)
          await emit('a', 1)
          await emit('b', 1, { key: 'same' })
          await emit('b', 1, { key: 'same' })
        }),
    })
    await handle(messageEvent())
    const ids = emitted.map((each) => bodyOf(each).id)
    expect(new Set(ids.slice(0, 2)).size).toBe(2)
    expect(new Set(ids.slice(2)).size).toBe(1)
  })

  test('is the same event in a replay that keeps ids, and a new one in a replay that does not', async () => {
    const { handle, emitted } = await handlersOf({
      file: () => on('*', async (_, { emit }) => void (await emit('a', 1))),
    })
    const event = messageEvent()
    await handle(event)
    await handle(replayOf(event, { keeps_ids: true }))
    await handle(replayOf(event, { keeps_ids: false }))
    const [first, kept, renewed] = emitted.map((each) => bodyOf(each).id)
    expect(kept).toBe(first)
    expect(renewed).not.toBe(first)
  })

  test('without awaiting it is stored before the event counts as handled, and its failure is the handler’s', async () => {
    let refusals = 1
    const { handle, emitted } = await handlersOf(
      { hasty: () => on('*', (_, { emit }) => void emit('a', 1)) },
      { refuse: () => (refusals-- > 0 ? transient('no broker') : undefined) },
    )
    expect(await handle(messageEvent())).toBe('done')
    expect(emitted).toHaveLength(1)
  })

  test('after its end is refused', async () => {
    let kept: HandlerContext | undefined
    const { handle, emitted } = await handlersOf({
      file: () =>
        on('*', (_, context) => {
          kept = context
        }),
    })
    await handle(messageEvent())
    await expect(kept?.emit('late', 1)).rejects.toMatchObject({ code: 'MR_HANDLERS_OVER' })
    expect(emitted).toEqual([])
  })
})

describe('what a handler announces to models', () => {
  test('is a notice of the event’s tenant, with one id over all tries', async () => {
    let tries = 0
    const { handle, notices } = await handlersOf({
      file: () =>
        on('*', async ({ conversation_uri }, { mcp }) => {
          await mcp.notify(conversation_uri ?? '')
          if (++tries < 2) throw transient('later')
        }),
    })
    await handle(messageEvent())
    expect(notices).toHaveLength(2)
    expect(new Set(notices.map(({ notice_id }) => notice_id)).size).toBe(1)
    expect(notices[0]).toMatchObject({ tenant: 'acme', kind: 'resource-updated', subject: 'conversation://acme/cnv_1' })
  })

  test.each(['conversation://other/cnv_1', 'https://acme/cnv_1', ''])('is refused where it is %s', async (uri) => {
    const { handle, notices } = await handlersOf({ file: () => on('*', (_, { mcp }) => mcp.notify(uri)) })
    expect(await handle(messageEvent())).toMatchObject({ code: 'MR_HANDLERS_URI' })
    expect(notices).toEqual([])
  })
})

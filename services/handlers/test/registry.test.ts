import { eventTypes } from '@millrace/domain'
import { describe, expect, test } from 'vitest'
import { knownTypes } from '../src/events.ts'
import { on } from '../src/index.ts'
import { collectHandlers, withUniqueNames } from '../src/registry.ts'

const nothing = () => {}

test('the types that are known are those that Front and Make have', () => {
  expect([...knownTypes].sort()).toEqual([...eventTypes.map(({ type }) => type), 'task.received'].sort())
})

describe('on()', () => {
  test.each(['message.recieved', 'message.processed', 'conversation', 'a b', 'task.*.x'])(
    'refuses %s, of which there are no events',
    async (type) => {
      await expect(collectHandlers('team', async () => on(type as '*', nothing))).rejects.toThrow(
        `team: there are no events of type "${type}"`,
      )
    },
  )

  test.each(['*', 'message.*', 'message.sent', 'github.push', 'millrace.reply.due', 'front.unknown_word'] as const)(
    'takes %s',
    async (type) => {
      const [registered] = await collectHandlers('team', async () => on(type, nothing))
      expect(registered).toMatchObject({ name: `team ${type}`, patterns: [type] })
    },
  )

  test('is for the time in which its file is loaded', () => {
    expect(() => on('*', nothing)).toThrow(/while its file is loaded/)
  })

  test('must be called by every file', async () => {
    await expect(collectHandlers('team', async () => {})).rejects.toThrow('team registers no handler')
  })
})

test('handlers of the same name get a number, so that what they emit never is one event', async () => {
  const load = async () => {
    on('*', nothing)
    on('*', nothing)
  }
  const [a, b] = [await collectHandlers('index', load), await collectHandlers('index', load)]
  expect(withUniqueNames([...a, ...b]).map(({ name }) => name)).toEqual([
    'index *',
    'index * #2',
    'index * #3',
    'index * #4',
  ])
})

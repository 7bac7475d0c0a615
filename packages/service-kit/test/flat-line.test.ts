import fc from 'fast-check'
import { destination, pino } from 'pino'
import { expect, test } from 'vitest'
import { flatMembers } from '../src/flat-line.ts'
import { createLog } from '../src/log.ts'
import { redact } from '../src/redact.ts'

/** What pino itself writes of redacted fields, without time. */
function byPino(fields: object): string {
  const lines: string[] = []
  const logger = pino(
    { base: null, timestamp: false, formatters: { level: (level) => ({ level }), log: redact } },
    Object.assign(destination({ dest: '/dev/null', sync: true }), { write: (line: string) => lines.push(line) }),
  )
  logger.info(fields)
  return lines.join('')
}

const name = fc.oneof(
  fc.constantFrom('webhook_id', 'secret', 'secret_id', 'apiToken', 'body', 'status', 'a"b', 'x\n', '7', 'err', 'msg'),
  fc.string(),
)
const value = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ minLength: 1_990, maxLength: 2_020 }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
)

test('members of flat fields are what pino writes of them, redacted', () => {
  fc.assert(
    fc.property(fc.dictionary(name, value, { noNullPrototype: true }), (fields) => {
      const members = flatMembers(fields)
      if (members === undefined) return
      expect(`{"level":"info"${members}}\n`).toBe(byPino(fields))
    }),
    { numRuns: 2000 },
  )
})

test.each<[string, object]>([
  ['an object', { a: {} }],
  ['a list', { a: [] }],
  ['a function', { a: () => {} }],
  ['a bigint', { a: 1n }],
  ['an error', { error: new Error('x') }],
  ['more fields than a line has', Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`n${n}`, n]))],
  ['an instance of a class', new Error('x')],
])('%s goes the long way', (_, fields) => {
  expect(flatMembers(fields)).toBeUndefined()
})

test('flat lines and others have the same envelope, of children too', () => {
  const lines: Record<string, unknown>[] = []
  const raw: string[] = []
  const { logger } = createLog({
    service: 's',
    version: '1',
    level: 'info',
    secrets: ['hunter2hunter2'],
    write: (line) => {
      raw.push(line)
      lines.push(JSON.parse(line))
    },
  })
  for (const each of [logger, logger.child({ part: 'x' })]) {
    each.info({ secret: 'abc', count: 1 }, 'hunter2hunter2 was here')
    each.info({ secret: 'abc', count: 1, long: [] }, 'hunter2hunter2 was here')
  }
  for (const at of [0, 2]) {
    const [flat, { long: _, ...other }] = [lines[at] ?? {}, lines[at + 1] ?? {}]
    expect(Object.entries({ ...flat, time: 0 })).toEqual(Object.entries({ ...other, time: 0 }))
    expect(raw[at]).not.toContain('hunter2')
  }
})

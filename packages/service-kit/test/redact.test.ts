import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLog, isBounded } from '../src/log.ts'
import { createScrubber } from '../src/redact.ts'

function capture(secrets: string[] = []) {
  const lines: string[] = []
  const log = createLog({ service: 's', version: '1', level: 'trace', secrets, write: (line) => lines.push(line) })
  return { ...log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> }
}

const CANARY = 'canary-0123456789'

test('credentials and message contents are masked at any depth, in any spelling', () => {
  const { logger, lines } = capture()
  const headers = {
    Authorization: CANARY,
    cookie: CANARY,
    'Set-Cookie': [CANARY],
    'x-make-apikey': CANARY,
    'x-front-signature': CANARY,
  }
  logger.info({ headers, deep: [{ a: { api_token: CANARY, clientSecret: { x: CANARY } } }] }, 'm')
  logger.info(
    { body: CANARY, rawBody: Buffer.from(CANARY), payload: { text: CANARY }, data: CANARY, password: CANARY },
    'm',
  )
  logger
    .child({ token: CANARY })
    .child({ set: new Map([['secret', CANARY]]) })
    .info('m')
  expect(lines).toHaveLength(3)
  expect(lines.join('')).not.toContain('canary')
})

test('what only describes a credential is shown', () => {
  const { logger, last } = capture()
  logger.info({ secretId: 'new', token_count: 3, bodyBytes: 10, payload_length: 4, hasToken: true }, 'm')
  expect(last()).toMatchObject({ secretId: 'new', token_count: 3, bodyBytes: 10, payload_length: 4, hasToken: true })
})

test('a known secret is masked in messages, stacks and other fields, whatever its characters', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 6, unit: 'grapheme' }), (text) => {
      const secret = `§${text}§`
      const { logger, lines } = capture([secret])
      logger.warn(
        { error: new Error(`no ${secret}`), url: `http://h/?t=${encodeURIComponent(secret)}`, [secret]: 1 },
        `it was ${secret}`,
      )
      const raw = lines.join('')
      expect(raw).not.toContain(JSON.stringify(secret).slice(1, -1))
      expect(raw).not.toContain(encodeURIComponent(secret))
      expect(JSON.parse(raw)).toMatchObject({ message: 'it was ********' })
    }),
  )
})

test('of two secrets one within the other nothing stays', () => {
  expect(createScrubber(['secret-1', 'my-secret-1-long'])('my-secret-1-long and secret-1')).toBe(
    '******** and ********',
  )
})

test('fields are bounded in length, number and depth', () => {
  const { logger, lines, last } = capture()
  const wide = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, 'x'.repeat(100)]))
  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic
  logger.info(
    { text: 'x'.repeat(100_000), wide, cyclic, list: Array(10_000).fill(1), bytes: Buffer.alloc(9) },
    'y'.repeat(50_000),
  )
  expect(lines.join('').length).toBeLessThan(20_000)
  expect(last()).toMatchObject({ bytes: '<9 bytes>', text: expect.stringMatching(/… \(98000 more\)$/) })
})

test('an error keeps code, stack and cause, and loses the objects that clients hang on it', () => {
  const { logger, last } = capture()
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
  logger.error(
    { error: Object.assign(new Error('no', { cause }), { code: 'MR_X', request: { big: CANARY }, body: CANARY }) },
    'm',
  )
  expect(last().error).toMatchObject({
    message: 'no',
    code: 'MR_X',
    stack: expect.any(String),
    cause: { code: 'ECONNREFUSED' },
    body: '********',
  })
  expect(last().error).not.toHaveProperty('request')
})

test('a bare error is logged with its message', () => {
  const { logger, last } = capture()
  logger.error(new Error('boom'))
  expect(last()).toMatchObject({ level: 'error', message: 'boom', error: { message: 'boom' } })
})

test('lines say which service wrote them', () => {
  const { logger, last } = capture()
  logger.info({}, 'm')
  expect(last()).toMatchObject({
    service: 's',
    version: '1',
    level: 'info',
    time: expect.stringMatching(/^\d{4}-.*Z$/),
  })
})

test('repeats of one error are held back and counted, others pass', () => {
  const { logger, lines, flush } = capture()
  for (let i = 0; i < 100; i++) logger.error({ error: new Error(`no ${i}`) }, 'cannot reach it')
  logger.error({ error: new TypeError('x') }, 'cannot reach it')
  for (let i = 0; i < 20; i++) logger.info({}, 'same')
  expect(lines).toHaveLength(5 + 1 + 20)
  flush()
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ held_back: 95, message: 'repeated: cannot reach it (Error)' })
})

test('lines that a limit of their own bounds are not held back, nor do they count for others', () => {
  const { logger, lines, flush } = capture()
  for (let i = 0; i < 10; i++) logger.warn({ i, [isBounded]: true }, 'explained')
  for (let i = 0; i < 5; i++) logger.warn({ i }, 'explained')
  flush()
  expect(lines).toHaveLength(15)
  expect(lines.join('')).not.toContain('isBounded')
})

test('what was held back is told by source, for a bounded number of them, and never held back itself', () => {
  const { logger, lines, flush } = capture()
  for (let i = 0; i < 5; i++) logger.warn({ source: 'front' }, 'request failed')
  for (let i = 0; i < 3; i++) logger.warn({ source: 'make' }, 'request failed')
  logger.warn({}, 'request failed')
  flush()
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
    message: 'repeated: request failed',
    held_back: 4,
    held_back_of: [{ source: 'make', count: 3 }],
  })
  for (let i = 0; i < 1_000; i++) logger.warn({ source: `s${i}` }, 'request failed')
  flush()
  const last = JSON.parse(lines.at(-1) ?? '')
  expect([last.held_back, last.held_back_of.length]).toEqual([995, 20])
})

test('of what parsers quote, nothing is written', () => {
  const { logger, lines } = capture()
  const mail = 'Dear Ada, my address is ada@example.com'
  for (const text of [mail, `{"a": ${mail}}`, `["${'x'.repeat(60)}", ${mail}]`]) {
    try {
      JSON.parse(text)
    } catch (error) {
      logger.error({ error }, 'm')
      logger.warn({ error: new Error('cannot be read', { cause: error }) }, 'm')
    }
  }
  expect(lines.join('')).toContain('is not valid JSON')
  expect(lines.join('')).not.toMatch(/Ada|ada@|Dear/)
})

test('of an error of PostgreSQL, rows and values that it quotes are withheld; what leads to the fault stays', () => {
  const { logger, lines, last } = capture()
  // As pg and PGlite give them (https://www.postgresql.org/docs/current/protocol-error-fields.html).
  const of = (message: string, fields: object) =>
    Object.assign(new Error(message), { severity: 'ERROR', routine: 'r', ...fields })
  const failing = {
    code: '23502',
    detail: 'Failing row contains (1, ada@example.com).',
    table: 'users',
    column: 'name',
  }
  logger.error({ error: of('null value in column "name" violates not-null constraint', failing) }, 'm')
  expect(last()).toMatchObject({ error: { code: '23502', table: 'users', column: 'name' } })
  expect(last()).toMatchObject({ error: { message: 'null value in column "name" violates not-null constraint' } })
  const where = 'JSON data, line 1: {"subject":"Dear Ada'
  logger.error({ error: of('invalid input syntax for type bigint: "ada@example.com"', { code: '22P02', where }) }, 'm')
  expect(last()).toMatchObject({ error: { code: '22P02', message: '(text withheld: it quotes a value)' } })
  const internalQuery = "select 'Dear Ada'"
  logger.error({ error: of('division by zero', { code: '22012', internalQuery, hint: 'Ada', position: 3 }) }, 'm')
  expect(lines.join('')).not.toMatch(/Ada|ada@/)
  expect((last().error as { stack: string }).stack).toMatch(/^ {4}at /)
})

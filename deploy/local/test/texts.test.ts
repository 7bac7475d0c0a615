import { afterEach, describe, expect, test, vi } from 'vitest'
import { consoleLine, consolePrinter } from '../src/console-lines.ts'
import { judged, summarise } from '../src/report.ts'
import { countTests } from '../src/test-counts.ts'

describe('the last line of npm test', () => {
  const passed = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1, testResults: [] }

  test('counts passed, failed and skipped tests', () => {
    expect(countTests(passed, 0)).toBe('3 passed, 0 failed, 2 skipped')
  })

  test('counts a file that could not be loaded', () => {
    const testResults = [{ status: 'failed', assertionResults: [] }]
    expect(countTests({ ...passed, testResults }, 1)).toBe('3 passed, 1 failed, 2 skipped')
  })

  test('never says that nothing failed when the run failed', () => {
    expect(countTests(passed, 1)).toBe('3 passed, 1 failed, 2 skipped')
    expect(countTests(undefined, 1)).toBe('0 passed, 1 failed, 0 skipped')
  })
})

describe('the report of a benchmark', () => {
  const figures = [
    { name: 'lost', value: 0, exactly: 0 },
    { name: 'p99 ms', value: 12.345, atMost: 100 },
    { name: 'events', value: 7 },
  ]

  test('ends in one JSON object with every figure and the verdict', () => {
    const { json } = summarise('chaos kill', 1.5, figures)
    expect(JSON.parse(json)).toEqual({
      name: 'chaos kill',
      seconds: 1.5,
      lost: 0,
      'p99 ms': 12.345,
      events: 7,
      pass: true,
    })
  })

  test.each([
    { value: 101, atMost: 100 },
    { value: Number.NaN, atMost: 100 },
    { value: 2, atLeast: 3 },
    { value: 1, exactly: 0 },
  ])('fails on a missed target: $value', (figure) => {
    expect(summarise('x', 1, [{ name: 'figure', ...figure }]).pass).toBe(false)
  })

  test('says of each figure what was wanted and whether it was met', () => {
    expect([...figures, { name: 'times the naive one', value: 2.46, atLeast: 3 }].map(judged)).toEqual([
      ['= 0', 'met'],
      ['<= 100', 'met'],
      ['', ''],
      ['>= 3', 'MISSED'],
    ])
  })
})

describe('what a service logs reaches the console', () => {
  test('as one short line when it is a warning or worse', () => {
    const line = JSON.stringify({
      level: 'error',
      time: '2026-01-02T03:04:05.678Z',
      message: 'cannot',
      error: { code: 'MR_X', message: 'no' },
    })
    expect(consoleLine('dedup', line)).toEqual({ time: '03:04:05', text: 'error dedup: cannot | MR_X: no' })
  })

  test('with code, group and position that stand beside a text', () => {
    const entry = { level: 'warn', message: 'waits', error: 'no', code: 'MR_X', group: 'dedup', position: 'topic 0:7' }
    expect(consoleLine('dedup', JSON.stringify(entry))?.text).toBe('warn  dedup: waits | MR_X: no dedup topic 0:7')
  })

  test.each(['{"level":"info","message":"up"}', 'no JSON', '{broken'])('not at all when it is %s', (line) => {
    expect(consoleLine('dedup', line)).toBeUndefined()
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  test('once when it is said again and again, and then with a count', () => {
    vi.useFakeTimers()
    const printed: string[] = []
    const onLine = consolePrinter('dedup', (text) => printed.push(text))
    const warn = (message: string) => JSON.stringify({ level: 'warn', time: '2026-01-02T03:04:05.678Z', message })
    for (const message of ['Redis is away', 'Redis is away', 'other', 'Redis is away']) onLine(warn(message))
    expect(printed).toEqual(['03:04:05 warn  dedup: Redis is away', '03:04:05 warn  dedup: other'])
    vi.advanceTimersByTime(60_000)
    expect(printed.slice(2)).toEqual(['03:04:05 warn  dedup: Redis is away | 2 more in 10 s'])
  })
})

import { expect, test } from 'vitest'
import { lastEnd } from '../src/observe-secrets.ts'

const secret = (id: string, notAfter?: number) => ({ id, secret: 'not-a-real-one', ...(notAfter && { notAfter }) })

test('a source ends with the last of its secrets', () => {
  expect(lastEnd({ secrets: [secret('old', 1_000), secret('new', 5_000)] })).toBe(5_000)
})

test('a source with a secret that never ends does not end', () => {
  expect(lastEnd({ secrets: [secret('old', 1_000), secret('new')] })).toBe(Number.POSITIVE_INFINITY)
})

test('a source without secrets has none that could end', () => {
  expect(lastEnd({ secrets: [] })).toBe(Number.POSITIVE_INFINITY)
})

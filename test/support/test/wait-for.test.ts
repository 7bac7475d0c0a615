import { expect, test } from 'vitest'
import { waitFor } from '../src/wait-for.ts'

test('gives back the fact once it holds', async () => {
  let looks = 0
  expect(await waitFor(() => ++looks > 2 && `seen after ${looks}`, { what: 'three looks', everyMs: 1 })).toBe(
    'seen after 3',
  )
})

test('names what it waited for and the last error when time is up', async () => {
  const look = (): boolean => {
    throw new Error('not there')
  }
  await expect(waitFor(look, { what: 'the impossible', deadlineMs: 30, everyMs: 5 })).rejects.toThrow(
    /gave up waiting for the impossible after \d+ ms; last seen: Error: not there/,
  )
})

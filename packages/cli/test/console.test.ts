import { expect, test } from 'vitest'
import { asked } from '../src/console.ts'

test.each([
  ['/endpoints/0/url', 'endpoints/0/url is no URL'],
  ['query/limit', 'query/limit is no URL'],
  ['', 'body is no URL'],
])('a refusal of the console names the field %s', async (pointer, text) => {
  const error = { code: 'MR_CONSOLE_INVALID', detail: 'A rule is broken.', errors: [{ pointer, detail: 'is no URL' }] }
  const call = Promise.resolve({ error, response: new Response('', { status: 400 }) })
  await expect(asked(call)).rejects.toThrow(`the console says: ${text} (MR_CONSOLE_INVALID)`)
})

import { expect, test } from 'vitest'
import { refusalOf } from '../src/check-caller.ts'

const rules = { port: 8086, allowedHosts: ['mcp.example.com'], allowedOrigins: ['https://inspector.example.com'] }

test.each([
  [{ host: '127.0.0.1:8086' }],
  [{ host: 'LOCALHOST:8086' }],
  [{ host: '[::1]:8086' }],
  [{ host: 'mcp.example.com' }],
  [{ host: 'mcp.example.com', origin: 'https://inspector.example.com' }],
])('%j is let in', (headers) => {
  expect(refusalOf(headers, rules)).toBeNull()
})

test.each([
  ['a name that leads to this machine for the moment', { host: 'evil.example:8086' }],
  ['another port', { host: '127.0.0.1:8087' }],
  ['no name', {}],
  ['a page of elsewhere', { host: '127.0.0.1:8086', origin: 'https://evil.example' }],
  ['a page of this machine', { host: '127.0.0.1:8086', origin: 'http://127.0.0.1:8086' }],
  ['a file', { host: '127.0.0.1:8086', origin: 'null' }],
])('%s is not', (_, headers) => {
  expect(refusalOf(headers, rules)?.status).toBe(403)
})

import { expect, test } from 'vitest'
import { allowUrls } from '../src/hosts.ts'
import { nextPageUrl } from '../src/next-page.ts'

const allow = allowUrls(new URL('http://127.0.0.1:8099'), ['front-proxy.internal'])

test.each([
  'https://api2.frontapp.com/events',
  'https://acme.api.frontapp.com/events',
  'https://a-b.api.frontapp.com/events',
  'http://127.0.0.1:8099/events',
  'https://front-proxy.internal/events',
])('%s may get the token', (url) => {
  expect(allow(new URL(url))).toBe(true)
})

test.each([
  'http://api2.frontapp.com/events',
  'https://api2.frontapp.com:8443/events',
  'https://api2.frontapp.com.evil.example/events',
  'https://evil.example/api2.frontapp.com',
  'https://api.frontapp.com.evil.example/',
  'https://evilapi.frontapp.com/',
  'https://a.b.api.frontapp.com/',
  'https://user:pass@api2.frontapp.com/',
  'https://api2.frontapp.com@evil.example/',
  'http://127.0.0.1:8098/events',
  'http://front-proxy.internal/events',
  'file:///etc/passwd',
])('%s may not', (url) => {
  expect(allow(new URL(url))).toBe(false)
})

const current = new URL('http://127.0.0.1:8099/conversations/cnv_1/messages?limit=50')

test('a link to another list keeps only its page token', () => {
  const url = nextPageUrl(current, 'http://127.0.0.1:8099/contacts?page_token=abc', allow)
  expect(url?.href).toBe('http://127.0.0.1:8099/conversations/cnv_1/messages?limit=50&page_token=abc')
})

test("a link to the same list on the company's host is followed", () => {
  const link = 'https://acme.api.frontapp.com/conversations/cnv_1/messages?limit=50&page_token=abc'
  expect(nextPageUrl(current, link, allow)?.href).toBe(link)
})

test('what is no link ends the list', () => {
  expect(nextPageUrl(current, 'https://', allow)).toBeNull()
})

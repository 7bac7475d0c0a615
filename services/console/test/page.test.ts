import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import Fastify from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { App } from '../src/access/define-routes.ts'
import { servePage } from '../src/page.ts'

const directory = mkdtempSync(join(tmpdir(), 'page-'))
let app: App

beforeAll(async () => {
  mkdirSync(join(directory, 'assets'))
  writeFileSync(join(directory, 'index.html'), '<!doctype html><title>Millrace</title>')
  writeFileSync(join(directory, 'assets/app-1a2b.js'), 'export {}')
  writeFileSync(join(directory, 'assets/app-1a2b.js.gz'), gzipSync('export {}'))
  app = Fastify()
  await servePage(app, directory)
})
afterAll(async () => {
  await app.close()
  rmSync(directory, { recursive: true })
})

test('assets are kept for a year, and sent packed to whoever takes that', async () => {
  const answer = await app.inject({ url: '/assets/app-1a2b.js', headers: { 'accept-encoding': 'gzip' } })
  expect(answer.headers).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-encoding': 'gzip',
    'content-type': expect.stringContaining('javascript'),
  })
})

test('every path of the page is its index.html, which is asked for again each time', async () => {
  for (const url of ['/', '/login', '/events/evt_1?q=a.b', '/conversations/cnv_1']) {
    const { statusCode, headers, body } = await app.inject(url)
    expect({ url, statusCode, cache: headers['cache-control'] }).toEqual({ url, statusCode: 200, cache: 'no-cache' })
    expect(body).toContain('<title>Millrace</title>')
  }
})

test('an id with a dot in a path is the page where a browser goes to it', async () => {
  const navigation = { url: '/graph/client/ada@example.com', headers: { accept: 'text/html,*/*;q=0.8' } }
  expect((await app.inject(navigation)).body).toContain('<title>Millrace</title>')
})

test('what looks like a file, a path of the API or a write is not the page', async () => {
  for (const url of ['/assets/gone.js', '/favicon.ico', '/api/v1/nothing', '/../package.json', '/%2e%2e/package.json'])
    expect((await app.inject(url)).statusCode).toBe(404)
  expect((await app.inject({ method: 'POST', url: '/events' })).statusCode).toBe(405)
})

test('a page that was not built says how to build it', async () => {
  const without: App = Fastify()
  await servePage(without, join(directory, 'none'))
  const { statusCode, body } = await without.inject('/')
  expect(statusCode).toBe(503)
  expect(body).toContain('turbo run build --filter=@millrace/console-web')
})

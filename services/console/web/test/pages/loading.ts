import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { Console } from '../support/console.ts'

const MOST_BYTES = 300 * 1_024
const MOST_MS = 1_000
/** Chromium shares the machine with eight services and other tests: the best of some tells what the page costs. */
const LOADS = 5

export function loading(use: () => Console): void {
  test('the first page needs under 300 KB as gzip and shows its figures within a second', async () => {
    const loads: { readonly bytes: number; readonly ms: number }[] = []
    for (let load = 0; load < LOADS; load += 1) loads.push(await measure(use))
    expect(Math.max(...loads.map(({ bytes }) => bytes))).toBeLessThan(MOST_BYTES)
    expect(Math.min(...loads.map(({ ms }) => ms))).toBeLessThan(MOST_MS)
  })
}

/** One load with an empty cache, until the overview's figures stand. */
async function measure(use: () => Console): Promise<{ bytes: number; ms: number }> {
  await using opened = await use().open('/live')
  const { page } = opened
  const bodies: Promise<Buffer>[] = []
  const session = await page.context().newCDPSession(page)
  await session.send('Network.setCacheDisabled', { cacheDisabled: true })
  page.on('response', (response) => {
    if (!response.url().endsWith('/live')) bodies.push(response.body().catch(() => Buffer.alloc(0)))
  })
  const began = performance.now()
  await page.goto(new URL('.', page.url()).href.replace(/\/$/, ''))
  await page.getByText('Events, last hour').waitFor()
  const ms = performance.now() - began
  const sizes = (await Promise.all(bodies)).map((body) => gzipSync(body).length)
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), ms }
}

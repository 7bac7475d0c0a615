import { gzipSync } from 'node:zlib'
import type { Console } from './console.ts'

export interface FirstPage {
  /** Of all that came, each file as gzip. */
  readonly bytes: number
  /** From the beginning of the navigation until the overview's figures stand. */
  readonly ms: number
}

/** One load of the overview with an empty cache. */
export async function loadFirstPage({ open }: Console): Promise<FirstPage> {
  // A window stands open at the console already (at what is not there), so that the time is the load's alone.
  await using opened = await open('/nothing.txt')
  const { page } = opened
  const session = await page.context().newCDPSession(page)
  await session.send('Network.setCacheDisabled', { cacheDisabled: true })
  const bodies: Promise<Buffer>[] = []
  page.on('response', (response) => bodies.push(response.body().catch(() => Buffer.alloc(0))))
  const began = performance.now()
  await page.goto(page.url().replace('/nothing.txt', ''))
  await page.getByText('Freshness p50').waitFor()
  const ms = performance.now() - began
  const sizes = (await Promise.all(bodies)).map((body) => gzipSync(body).length)
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), ms }
}

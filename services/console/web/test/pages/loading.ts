import { expect, test } from 'vitest'
import type { Console } from '../support/console.ts'
import { loadFirstPage } from '../support/first-page.ts'

const MOST_BYTES = 300 * 1_024

export function loading(use: () => Console): void {
  // How long it takes is for `npm run bench -- page` to say: here other tests have the machine.
  test('the first page, fonts and figures included, needs under 300 KB as gzip', async () => {
    const { bytes } = await loadFirstPage(use())
    expect(bytes).toBeGreaterThan(50 * 1_024)
    expect(bytes).toBeLessThan(MOST_BYTES)
  })
}

import { expect, test } from 'vitest'
import type { Console } from '../support/console.ts'

export function staleness(use: () => Console): void {
  test('while the console cannot be reached, the page keeps what it has and says since when; afterwards it goes on by itself', async () => {
    await using opened = await use().open('/events')
    const { page } = opened
    const rows = page.getByRole('table', { name: 'Events' }).locator('tbody tr')
    await rows.first().waitFor()
    const shown = await rows.count()
    await page.context().setOffline(true)
    await page.getByText(/Stale since \d\d:\d\d:\d\d/).waitFor()
    expect(await rows.count()).toBe(shown)
    await page.context().setOffline(false)
    await page.getByText('Stale since').waitFor({ state: 'detached' })
  })
}

import { join } from 'node:path'
import { root } from '@millrace/local'
import { expect, test } from 'vitest'
import type { Console } from '../support/console.ts'

const LONG = { timeout: 60_000 }
const sample = join(root, 'test/support/fixtures/front/app-webhook.inbound_received.json')

export function live(use: () => Console): void {
  test('an event shows in the live tail as it comes, and not while that is paused', async () => {
    await using opened = await use().open('/live')
    const { page } = opened
    const rows = page.getByRole('table', { name: 'Events as they come' }).locator('tbody tr')
    await page.getByRole('status').getByText('live', { exact: true }).waitFor()
    await use().system.millrace('send', sample, '--source', 'front', '--fresh')
    await rows.first().waitFor()
    const shown = await rows.count()
    await page.getByRole('button', { name: 'Pause' }).click()
    await use().system.millrace('send', sample, '--source', 'front', '--fresh')
    await page.getByRole('button', { name: /Go on \([1-9]/ }).waitFor()
    expect(await rows.count()).toBe(shown)
    await page.getByRole('button', { name: /Go on/ }).click()
    await expect.poll(() => rows.count()).toBeGreaterThan(shown)
  })
  test('a tail that is open while the ledger is rebuilt says that something may be missing, and goes on', async () => {
    await using opened = await use().open('/live')
    const { page } = opened
    const status = page.getByRole('status')
    await status.getByText('live', { exact: true }).waitFor()
    await use().system.millrace('console', 'rebuild')
    await status.getByText(/gap at [\d:]+: the ledger was rebuilt/).waitFor()
    await status.getByText('live', { exact: true }).waitFor(LONG)
    await use().system.millrace('send', sample, '--source', 'front', '--fresh')
    await page.getByRole('table', { name: 'Events as they come' }).locator('tbody tr').first().waitFor(LONG)
  })
}

import { test } from 'vitest'
import { expectAccessible } from '../support/accessible.ts'
import type { Console } from '../support/console.ts'

const LONG = { timeout: 30_000 }

export function parity(use: () => Console): void {
  test('the mode of a source is changed for a share of the conversations, rolled back to polling, and set to webhooks again', async () => {
    await using opened = await use().open('/parity')
    const { page } = opened
    const front = page.getByRole('region', { name: 'front', exact: true })
    const dialog = page.getByRole('dialog')
    const set = async (mode: string, percent: string) => {
      await front.getByRole('button', { name: 'Change the mode' }).click()
      await dialog.getByLabel('Mode', { exact: true }).selectOption(mode)
      await dialog.getByLabel('Share of the conversations, percent').fill(percent)
      await expectAccessible(page)
      await dialog.getByRole('button', { name: 'Set the mode' }).click()
      await dialog.waitFor({ state: 'hidden', ...LONG })
    }
    await set('parallel', '10')
    await front.getByText('both count, each event once for 10 % of the conversations').waitFor(LONG)
    await front.getByRole('button', { name: 'Roll back to polling' }).click()
    await dialog.getByLabel(/Reason/).fill('Only a test')
    await dialog.getByRole('button', { name: 'Roll back' }).click()
    await dialog.waitFor({ state: 'hidden', ...LONG })
    await front.getByText('polling counts, webhooks are held back').waitFor(LONG)
    await front.getByText('Only a test').waitFor()
    await set('webhook', '100')
    await front.getByText('webhooks count').first().waitFor(LONG)
  })
}

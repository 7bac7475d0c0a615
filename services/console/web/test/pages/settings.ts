import { expect, test } from 'vitest'
import { expectAccessible } from '../support/accessible.ts'
import type { Console } from '../support/console.ts'

export function settings(use: () => Console): void {
  test('settings are found and shown, secrets are not', async () => {
    await using opened = await use().open('/settings')
    const { page } = opened
    await page.getByRole('row').filter({ hasText: 'KAFKA_BROKERS' }).getByText(/:\d+/).waitFor()
    await expectAccessible(page)
    await page.getByLabel('Find a setting').fill('MILLRACE_SECRET_KEYS')
    const secret = page.getByRole('row').filter({ hasText: 'MILLRACE_SECRET_KEYS' })
    await secret.getByText('set, not shown').waitFor()
    await expect.poll(() => page.getByText('KAFKA_BROKERS').count()).toBe(0)
    expect(await page.content()).not.toMatch(/local:[A-Za-z0-9+/]{20}/)
  })
}

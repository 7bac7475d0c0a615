import type { Locator } from 'playwright-core'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { expectAccessible } from '../support/accessible.ts'
import type { Console } from '../support/console.ts'
import { type Customer, startCustomer } from '../support/customer.ts'

const LONG = { timeout: 60_000 }
const SECRET = /whsec_[A-Za-z0-9+/=]+/

export function endpoints(use: () => Console): void {
  test('an endpoint is checked, added, asked for consent, tested, given a new secret, paused and let go on', async () => {
    await using customer = await startCustomer()
    customer.consents = false
    await using opened = await use().open('/endpoints')
    const { page } = opened
    await page.getByRole('link', { name: 'New endpoint' }).click()

    await page.getByLabel('URL', { exact: true }).fill('ftp://customer.example/hooks')
    await page.getByRole('button', { name: 'Check the URL' }).click()
    await page.getByText('The URL is refused').waitFor()
    await page.getByLabel('URL', { exact: true }).fill(customer.url)
    await page.getByRole('button', { name: 'Check the URL' }).click()
    await page.getByText('The URL may be an endpoint').waitFor()
    await page.getByLabel('Description').fill('A customer of the test')
    await page.getByLabel('Event types').fill('nothing.at.all')
    await page.getByLabel('Consent').selectOption('required')
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Add endpoint' }).click()

    // The secret, this once; and no consent, then consent.
    await page.getByText('Copy the secret now').waitFor()
    const first = await secretOn(page.locator('.secrets-once'))
    const ask = page.getByRole('button', { name: 'Ask for consent and send a test' })
    await ask.click()
    await page.getByText('It ended at asking for consent').waitFor(LONG)
    expect(customer.posted).toEqual([])
    customer.consents = true
    await ask.click()
    await page.getByText('succeeded').waitFor(LONG)
    expect(isSigned(customer, first)).toBe(true)

    await page.getByRole('button', { name: 'I have stored it' }).click()
    await page.getByText('Enabled, breaker closed').waitFor(LONG)
    await page.getByRole('row').filter({ hasText: 'endpoint.test' }).first().waitFor(LONG)
    await expectAccessible(page)

    await page.getByRole('button', { name: 'Rotate the secret' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('The old one signs too for').selectOption('0')
    await dialog.getByRole('button', { name: 'Make a new secret' }).click()
    await dialog.getByText('Copy the secret now').waitFor()
    const second = await secretOn(dialog)
    expect(second).not.toBe(first)
    await dialog.getByRole('button', { name: 'I have stored it' }).click()
    // The delivery service learns of the new secret a moment later.
    const isSignedAnew = async () => {
      const before = customer.posted.length
      await ask.click()
      await expect.poll(() => customer.posted.length, LONG).toBeGreaterThan(before)
      return isSigned(customer, second)
    }
    await expect.poll(isSignedAnew, LONG).toBe(true)
    expect(isSigned(customer, first), 'the old secret ended at once').toBe(false)

    await page.getByRole('button', { name: 'Disable' }).click()
    await dialog.getByRole('button', { name: 'Disable' }).click()
    await page.getByText('Disabled by its owner').waitFor(LONG)
    await page.getByRole('button', { name: 'Enable' }).click()
    await dialog.getByRole('button', { name: 'Enable' }).click()
    await page.getByText('Enabled, breaker closed').waitFor(LONG)

    await page.reload()
    await page.getByText('Enabled, breaker closed').waitFor(LONG)
    expect(await page.content(), 'no secret is shown again').not.toMatch(SECRET)
    await page.getByRole('button', { name: 'Remove' }).click()
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('link', { name: 'New endpoint' }).waitFor()
    await expect.poll(() => page.getByText(customer.url).count(), LONG).toBe(0)
  }, 180_000)
}

async function secretOn(place: Locator): Promise<string> {
  const found = SECRET.exec((await place.locator('.copy code').first().textContent()) ?? '')?.[0]
  if (found === undefined) throw new Error('no secret is shown')
  return found
}

/** Whether the last post carries a signature by this secret. */
function isSigned({ posted }: Customer, secret: string): boolean {
  const last = posted.at(-1)
  if (last === undefined) throw new Error('nothing was posted')
  try {
    new Webhook(secret).verify(last.body, { ...last.headers })
    return true
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false
    throw error
  }
}

import { expect, test } from 'vitest'
import { expectAccessible } from '../support/accessible.ts'
import type { Console } from '../support/console.ts'

const LONG = { timeout: 30_000 }

export function users(use: () => Console): void {
  test('a user is added, comes in by the link with no more than was given, and is kept out again', async () => {
    await using opened = await use().open('/users')
    const { page } = opened
    const dialog = page.getByRole('dialog')
    await page.getByRole('button', { name: 'Add a user' }).click()
    await dialog.getByLabel('Name to log in with').fill('bo')
    await dialog.getByLabel('In default').selectOption('viewer')
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await dialog.getByText('Copy the link now').waitFor()
    const link = (await dialog.locator('.copy code').textContent()) ?? ''
    await dialog.getByRole('button', { name: 'I have passed it on' }).click()

    const { pathname, hash } = new URL(link)
    await using stranger = await use().openStranger(pathname + hash)
    await stranger.page.getByRole('navigation', { name: 'Pages' }).waitFor(LONG)
    await stranger.page.getByRole('link', { name: 'Endpoints' }).click()
    await stranger.page.getByRole('heading', { name: 'Endpoints' }).waitFor()
    expect(await stranger.page.getByRole('link', { name: 'New endpoint' }).count(), 'a viewer only sees').toBe(0)
    expect(await stranger.page.getByRole('link', { name: 'Approvals' }).count()).toBe(0)

    await page.getByRole('button', { name: 'Change bo' }).click()
    await dialog.getByLabel(/^Disabled/).check()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('row').filter({ hasText: 'bo' }).getByText('disabled').waitFor(LONG)
    await stranger.page.reload()
    await stranger.page.getByLabel('Password').waitFor(LONG)
  })

  test('a token is made, shown once, works, and is refused once it is revoked', async () => {
    await using opened = await use().open('/users')
    const { page } = opened
    const dialog = page.getByRole('dialog')
    await page.getByRole('button', { name: 'Make a token' }).click()
    await dialog.getByLabel('What it is for').fill('nightly report')
    await dialog.getByRole('button', { name: 'Make it' }).click()
    await dialog.getByText('Copy the token now').waitFor()
    const token = (await dialog.locator('.copy code').textContent()) ?? ''
    await dialog.getByRole('button', { name: 'I have stored it' }).click()
    const ask = async () => {
      const headers = { authorization: `Bearer ${token}` }
      return (await fetch(`${use().system.consoleUrl}/api/v1/tenants/default/sources`, { headers })).status
    }
    expect(await ask()).toBe(200)
    await page.getByRole('button', { name: 'Revoke nightly report' }).click()
    await dialog.getByRole('button', { name: 'Revoke' }).click()
    await expect.poll(() => page.getByText('nightly report').count(), LONG).toBe(0)
    expect(await ask()).toBe(401)
  })
}

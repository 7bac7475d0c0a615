import { expect, test } from 'vitest'
import { expectAccessible } from '../support/accessible.ts'
import { type Console, NARROW } from '../support/console.ts'

const PASSWORD = 'a long enough passphrase'

export function login(use: () => Console): void {
  test('the one-time link works once: who opens it again is told so, and stays outside', async () => {
    const { link, consoleUrl } = use().system
    await using opened = await use().openStranger(link.slice(consoleUrl.length))
    const { page } = opened
    await page.getByRole('alert').waitFor()
    expect(page.url(), 'the code is in no address').not.toContain('code')
    await page.goto(`${consoleUrl}/`)
    await page.getByRole('button', { name: 'Log in' }).waitFor()
  })

  test('who sets a password logs in by it; a wrong one is refused in words', async () => {
    {
      await using opened = await use().open('/')
      const { page } = opened
      const name = await page.evaluate(async () => (await (await fetch('/api/v1/me')).json()).name)
      await page.getByRole('button', { name }).click()
      await page.getByLabel('New password').fill(PASSWORD)
      await page.getByRole('button', { name: 'Set password' }).click()
      await page.getByText('The password is set.').waitFor()
      await using stranger = await use().openStranger('/', { viewport: NARROW })
      const form = stranger.page
      await form.getByLabel('Name').fill(name)
      await form.getByLabel('Password').fill('not the password')
      await form.getByRole('button', { name: 'Log in' }).click()
      await form.getByRole('alert').waitFor()
      await expectAccessible(form)
      await form.getByLabel('Password').fill(PASSWORD)
      await form.getByRole('button', { name: 'Log in' }).click()
      await form.getByRole('heading', { name: 'Overview' }).waitFor()
    }
  })
}

import { expect, test } from 'vitest'
import type { Console } from '../support/console.ts'

export function events(use: () => Console): void {
  test('filters are in the address: a reload and a colleague see the same list, the back button the one before', async () => {
    await using opened = await use().open('/events')
    const { page } = opened
    const rows = page.getByRole('table', { name: 'Events' }).locator('tbody tr')
    await rows.first().waitFor()
    const all = await rows.count()
    await page.getByLabel('Type').fill('message.*')
    await page.getByRole('button', { name: 'Search', exact: true }).click()
    await page.waitForURL(/type=message/)
    await expect.poll(() => rows.count()).toBeLessThan(all)
    const types = await rows.getByRole('link', { name: /^message\./ }).count()
    expect(types).toBe(await rows.count())
    await page.reload()
    await rows.first().waitFor()
    expect(await page.getByLabel('Type').inputValue()).toBe('message.*')
    await page.goBack()
    await expect.poll(() => rows.count()).toBe(all)
    expect(await page.getByLabel('Type').inputValue()).toBe('')
  })

  test('an id in the header finds its event; one that nothing has is answered in words', async () => {
    await using opened = await use().open('/events')
    const { page } = opened
    const row = page.getByRole('table', { name: 'Events' }).locator('tbody tr').first()
    const id = (await row.locator('code').last().textContent()) ?? ''
    await page.keyboard.press('/')
    await page.keyboard.type(id)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\?q=/)
    await expect.poll(() => page.getByRole('table', { name: 'Events' }).locator('tbody tr').count()).toBe(1)
    await page.getByLabel('Find by id').fill('evt_nothing_has_this')
    await page.keyboard.press('Enter')
    await page.getByText('No event matches.').waitFor()
  })

  test('a text of the payload finds the events that have it', async () => {
    await using opened = await use().open('/events?text=inbound_received')
    const { page } = opened
    await page.getByRole('table', { name: 'Events' }).locator('tbody tr').first().waitFor()
    await page.getByLabel('Text in the payload').fill('no payload has this')
    await page.getByRole('button', { name: 'Search', exact: true }).click()
    await page.getByText('No event matches.').waitFor()
  })

  test('the address of a page with filters that it was not made with says so, and leads back to the start', async () => {
    await using opened = await use().open('/events?type=message.*&cursor=WzEsImEiXQ')
    const { page } = opened
    await page.getByText('This address names a page of another list').waitFor()
    await page.getByRole('button', { name: 'Back to the start' }).click()
    await page.getByRole('table', { name: 'Events' }).locator('tbody tr').first().waitFor()
    expect(new URL(page.url()).search).toBe('?type=message.*')
  })
}

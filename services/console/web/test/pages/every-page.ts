import type { Page } from 'playwright-core'
import { test } from 'vitest'
import { type Console, expectAccessible, expectNoSidewaysScroll, NARROW, WIDE } from '../support/console.ts'

const LONG_MS = 300_000

export function everyPage(use: () => Console): void {
  test(
    'every page of the navigation: axe finds nothing serious, and at 360 px nothing is cut off at the side',
    async () => {
      await using opened = await use().open('/', { viewport: WIDE, colorScheme: 'light' })
      const { page } = opened
      for (const path of await pathsOf(page)) {
        await page.setViewportSize(WIDE)
        await page.goto(path)
        await settled(page)
        await expectAccessible(page)
        await page.setViewportSize(NARROW)
        await expectNoSidewaysScroll(page)
      }
    },
    LONG_MS,
  )

  // All colours are tokens, whose contrast test/tokens.test.ts knows: two pages tell whether they are used so.
  test('in the dark the colours of an event and of the overview can be read, at 360 px too', async () => {
    await using opened = await use().open('/', { viewport: NARROW, colorScheme: 'dark' })
    const { page } = opened
    await page.getByRole('table', { name: 'Latest events' }).getByRole('link').first().waitFor()
    await expectAccessible(page, ['color-contrast'])
    await page.getByRole('table', { name: 'Latest events' }).getByRole('link').first().click()
    await page.getByLabel('Payload as a tree').waitFor()
    await expectAccessible(page)
    await expectNoSidewaysScroll(page)
  })
}

/** Every line of the navigation, so that a new page is looked at without being named here. */
async function pathsOf(page: Page): Promise<string[]> {
  const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
  await links.first().waitFor()
  const hrefs = await links.evaluateAll((elements) => elements.map((element) => element.getAttribute('href') ?? ''))
  return hrefs.map((href) => new URL(href, page.url()).href)
}

async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.getByText('Loading').first().waitFor({ state: 'detached' })
}

import { test } from 'vitest'
import { type Console, expectAccessible, expectNoSidewaysScroll, NARROW, WIDE } from '../support/console.ts'

/** Every line of the navigation, so that a new page is looked at without being named here. */
async function pathsOf(use: () => Console): Promise<string[]> {
  await using opened = await use().open('/')
  const links = opened.page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
  await links.first().waitFor()
  const hrefs = await links.evaluateAll((elements) => elements.map((element) => element.getAttribute('href') ?? ''))
  return hrefs.map((href) => href.replace(/^\/t\/[^/]+/, '') || '/')
}

export function everyPage(use: () => Console): void {
  const looks = [
    { name: 'wide and light', viewport: WIDE, colorScheme: 'light' },
    { name: '360 px wide and dark', viewport: NARROW, colorScheme: 'dark' },
  ] as const
  for (const { name, ...look } of looks) {
    test(`every page of the navigation, ${name}: axe finds nothing serious, nothing is cut off at the side`, async () => {
      for (const path of await pathsOf(use)) {
        await using opened = await use().open(path, look)
        const { page } = opened
        await page.getByRole('heading', { level: 1 }).waitFor()
        await page.getByText('Loading').first().waitFor({ state: 'detached' })
        await expectAccessible(page)
        await expectNoSidewaysScroll(page)
      }
    })
  }
}

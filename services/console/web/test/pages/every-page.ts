import { expect, test } from 'vitest'
import { expectAccessible, expectNoSidewaysScroll } from '../support/accessible.ts'
import { type Console, NARROW, WIDE } from '../support/console.ts'
import { visitPages } from '../support/visit-pages.ts'

const LONG_MS = 300_000

// Each page once here; `npm run check:pages` looks at all of them in both colour schemes and both widths.
export function everyPage(use: () => Console): void {
  test(
    'every page of the navigation: axe finds nothing serious, and at 360 px nothing is cut off at the side',
    async () => {
      await using opened = await use().open('/', { viewport: WIDE, colorScheme: 'light' })
      const { page } = opened
      await visitPages(page, async () => {
        await expectAccessible(page)
        await page.setViewportSize(NARROW)
        await expectNoSidewaysScroll(page)
        await page.setViewportSize(WIDE)
      })
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

  test('an address that is no page says so, with a tenant and without; what is not there is told once', async () => {
    await using opened = await use().open('/zzz')
    const noPage = opened.page.getByText('There is no such page')
    await noPage.waitFor()
    await opened.page.goto(`${use().system.consoleUrl}/zzz`)
    await noPage.waitFor()
    await opened.page.goto(`${use().system.consoleUrl}/events/evt_nobody`)
    await opened.page.getByText('Not found.').first().waitFor()
    await opened.page.waitForLoadState('networkidle')
    expect(await opened.page.getByText('Not found.').count()).toBe(1)
  })
}

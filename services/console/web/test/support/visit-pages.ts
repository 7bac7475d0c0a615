import type { Page } from 'playwright-core'

/** Goes to every page of the navigation by its line there, so that a new page is looked at without being named here. */
export async function visitPages(page: Page, look: (label: string) => Promise<void>): Promise<void> {
  const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
  await links.first().waitFor()
  for (const label of await links.allTextContents()) {
    await links.filter({ hasText: label }).click()
    await settled(page, label)
    await look(label)
  }
}

/** The page of a line of the navigation is there, with all that it reads at first. */
async function settled(page: Page, label: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: label, exact: true }).waitFor()
  await page.getByText('Loading').first().waitFor({ state: 'detached' })
}

import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** What keeps somebody out of what the page shows now (axe: serious or critical), one line for each rule; by all of axe's rules, or by some. */
export async function barriersOn(page: Page, rules?: string[]): Promise<string[]> {
  // The pages have no frames. Without this mode each look opens a window of its own, only to put the findings of frames together.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] })
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze()
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  return grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
}

/** No barrier on the page as it is now. */
export async function expectAccessible(page: Page, rules?: string[]): Promise<void> {
  expect(await barriersOn(page, rules)).toEqual([])
}

/** Pixels of the page that are beyond the window's edge at the side. */
export async function pixelsBeyond(page: Page): Promise<number> {
  return await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}

/** Nothing of the page is beyond the window's edge, so that nobody has to scroll sideways. Charts follow a window of another width some frames later. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  await expect.poll(() => pixelsBeyond(page), { timeout: 2_000 }).toBeLessThanOrEqual(0)
}

import { expect, test } from 'vitest'
import { expectAccessible } from '../support/accessible.ts'
import type { Console } from '../support/console.ts'

const LONG = { timeout: 30_000 }

export function graph(use: () => Console): void {
  test('a client is found, looked around further, exported, and how it hangs together with another node is shown', async () => {
    await using opened = await use().open('/graph')
    const { page } = opened
    await page.getByLabel('Type').selectOption('client')
    const clients = page.getByRole('row').filter({ has: page.getByText('client', { exact: true }) })
    await clients.first().getByRole('link').first().click(LONG)
    const picture = page.getByRole('img', { name: /Picture of/ })
    const near = await nodesIn(await picture.getAttribute('aria-label', LONG))
    await page.getByLabel('How far').selectOption('3')
    await expect.poll(async () => nodesIn(await picture.getAttribute('aria-label')), LONG).toBeGreaterThan(near)
    await expectAccessible(page)

    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'GraphML' }).click()
    expect(await (await download).failure()).toBe(null)

    const picker = page.getByRole('region', { name: 'How it hangs together with' })
    await picker.getByLabel('The other node').fill('in progress')
    await picker.getByRole('button').first().click(LONG)
    const way = page.getByRole('region', { name: 'The shortest way' })
    await expect.poll(() => way.getByRole('listitem').count(), LONG).toBeGreaterThan(1)
    await expectAccessible(page)
    await way.getByRole('button', { name: 'Back to the node' }).click()
    await page.getByRole('region', { name: 'Relationships' }).waitFor(LONG)
  })
}

function nodesIn(label: string | null): number {
  return Number(/Picture of (\d+)/.exec(label ?? '')?.[1] ?? 0)
}

import { expect, test } from 'vitest'
import { expectAccessible, expectNoSidewaysScroll } from '../support/accessible.ts'
import { type Console, NARROW } from '../support/console.ts'

const LONG = { timeout: 30_000 }

export function conversations(use: () => Console): void {
  test('a conversation is found by its id, read with its messages and events, and leads to the graph around it', async () => {
    const id = demoConversation(use().system.output)
    await using opened = await use().open('/conversations')
    const { page } = opened
    const field = page.getByLabel('Subject, person or id')
    await field.fill(id)
    const found = page.locator(`a[href$="/conversations/${id}"]`)
    const rows = page.getByRole('table', { name: 'Conversations' }).getByRole('row')
    await expect.poll(() => rows.count(), LONG).toBe(2)
    // What is searched for may be somebody's address: it survives a reload, and stands in no URL.
    await page.reload()
    await expect.poll(() => rows.count(), LONG).toBe(2)
    expect([await field.inputValue(), new URL(page.url()).search]).toEqual([id, ''])
    await found.click(LONG)
    await page.getByRole('region', { name: 'Messages and comments' }).getByRole('article').first().waitFor(LONG)
    await page
      .getByRole('region', { name: 'Events' })
      .getByRole('link', { name: 'message.received' })
      .first()
      .waitFor(LONG)
    await page.getByRole('region', { name: 'About' }).getByText(id).waitFor()
    await expectAccessible(page)

    await page.getByRole('link', { name: 'Show in the graph' }).click()
    const relationships = page.getByRole('region', { name: 'Relationships' })
    await relationships.getByRole('link').first().waitFor(LONG)
    await page
      .getByRole('img', { name: /Picture of \d+ nodes/ })
      .locator('canvas')
      .first()
      .waitFor(LONG)
    await expectAccessible(page)

    // The keyboard alone: from the list to another node.
    const before = page.url()
    await relationships.getByRole('link').first().focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => page.url()).not.toBe(before)
    await page.getByRole('region', { name: 'Relationships' }).getByRole('link').first().waitFor(LONG)
  })

  test('a conversation and its graph fit 360 px in the dark', async () => {
    const id = demoConversation(use().system.output)
    await using opened = await use().open(`/conversations/${id}`, { viewport: NARROW, colorScheme: 'dark' })
    const { page } = opened
    await page.getByRole('region', { name: 'About' }).waitFor(LONG)
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
    await page.getByRole('link', { name: 'Show in the graph' }).click()
    await page.getByRole('img', { name: /Picture of/ }).waitFor(LONG)
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
  })
}

/** The conversation that the terminal has told the way of. */
function demoConversation(output: readonly string[]): string {
  const line = output.find((text) => text.includes('The way of one event'))
  const found = /cnv_\w+/.exec(line ?? '')?.[0]
  if (found === undefined) throw new Error('npm start has told of no event')
  return found
}

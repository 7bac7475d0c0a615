import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@millrace/local'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { expectAccessible, expectNoSidewaysScroll } from '../support/accessible.ts'
import { type Console, NARROW } from '../support/console.ts'

const LONG = { timeout: 120_000 }
const sample = join(root, 'test/support/fixtures/front/app-webhook.inbound_received.json')

export function erasures(use: () => Console): void {
  test('a conversation is looked at, asked for, approved by somebody else, erased, and its receipt kept', async () => {
    await using opened = await use().open('/erasures')
    const { page } = opened
    const conversation = await aConversation(use(), page)
    const form = page.getByRole('region', { name: 'Erase somebody or something' })
    await form.getByLabel('What is known').selectOption('conversation')
    await form.getByLabel('Address or id').fill(conversation)
    await form.getByLabel('Reason').fill('request 4711')
    await form.getByRole('button', { name: 'Look what there is' }).click()
    const places = page.getByRole('table', { name: 'What there is' })
    await places.getByRole('row').filter({ hasText: 'webhook_events' }).waitFor(LONG)
    await expectAccessible(page)

    // npm start encrypts nothing: who asks has to accept what that means.
    const ask = form.getByRole('button', { name: 'Ask for approval' })
    expect(await ask.isDisabled()).toBe(true)
    await form.getByLabel('Erase although encryption is off').check()
    await ask.click()
    await page.getByText('It waits for another person').waitFor(LONG)
    const listed = page
      .getByRole('region', { name: 'Erasures' })
      .getByRole('listitem')
      .filter({ hasText: 'request 4711' })
    await listed.getByText('waiting', { exact: false }).first().waitFor(LONG)
    expect(await listed.textContent(), 'the list names nobody').not.toContain(conversation)

    await approveAsAnother(use(), conversation)
    await listed.getByText('done', { exact: true }).waitFor(LONG)
    await listed.getByText('Signed receipt').click()
    await listed.getByRole('table', { name: 'What was done' }).getByText('rows deleted').first().waitFor()
    expect(await listed.getByText(/^\d{4}-\d\d-\d\d$/).count(), 'both days of expiry').toBe(2)
    await expectAccessible(page)
    await page.setViewportSize(NARROW)
    await expectNoSidewaysScroll(page)

    const downloading = page.waitForEvent('download')
    await listed.getByRole('link', { name: 'The receipt as a file' }).click()
    const receipt = JSON.parse(readFileSync(await (await downloading).path(), 'utf8'))
    expect(receipt).toMatchObject({ subject_kind: 'conversation', approval_mode: 'two-person' })
    expect(JSON.stringify(receipt)).not.toContain(conversation)
  }, 240_000)
}

/** One that the ledger has. */
async function aConversation({ system }: Console, page: Page): Promise<string> {
  await system.millrace('send', sample, '--source', 'front', '--fresh')
  const path = page
    .url()
    .replace('/t/', '/api/v1/tenants/')
    .replace(/\/erasures.*/, '')
  const look = async () => {
    const { items } = await (await page.request.get(`${path}/events?type=message.received&limit=1`)).json()
    return String(items[0]?.conversation_id ?? '')
  }
  await expect.poll(look, LONG).toMatch(/^cnv_/)
  return await look()
}

async function approveAsAnother({ system, openStranger }: Console, conversation: string): Promise<void> {
  const printed = await system.millrace('users', 'add', 'decider', '--role', 'default:approver')
  const { pathname, hash } = new URL(printed.trim().split(/\s+/).at(-1) ?? '')
  await using stranger = await openStranger(pathname + hash)
  const { page } = stranger
  await page.getByRole('link', { name: 'Approvals' }).click(LONG)
  await page.getByRole('row').filter({ hasText: 'request 4711' }).getByRole('link').click(LONG)
  // Who decides has to see whom it is about.
  await page.getByRole('region', { name: 'Exactly this is done' }).getByText(conversation).waitFor(LONG)
  const looked = page.getByRole('region', { name: 'What would go' })
  await looked.getByRole('button', { name: 'Look what there is' }).click()
  await looked.getByText('1 whole conversation').waitFor(LONG)
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Approve' }).click()
  await page.getByRole('region', { name: 'Request' }).getByText('done', { exact: true }).waitFor(LONG)
}

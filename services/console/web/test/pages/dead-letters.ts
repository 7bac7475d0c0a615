import { join } from 'node:path'
import { root } from '@millrace/local'
import { expect, test } from 'vitest'
import { expectAccessible } from '../support/accessible.ts'
import { callApi } from '../support/call-api.ts'
import type { Console } from '../support/console.ts'
import { startCustomer } from '../support/customer.ts'

const LONG = { timeout: 60_000 }
const sample = join(root, 'test/support/fixtures/front/app-webhook.inbound_received.json')

export function deadLetters(use: () => Console): void {
  test('a delivery that was given up is found with its tries, counted exactly, put back and arrives', async () => {
    await using customer = await startCustomer()
    customer.status = 500
    await using opened = await use().open('/deliveries')
    const { page } = opened
    const { endpoint } = await callApi<{ endpoint: { endpoint_id: string } }>(page, '/endpoints', {
      url: customer.url,
      description: 'Gives up soon',
      retry_delays_ms: [1_000],
    })
    await use().system.millrace('send', sample, '--source', 'front', '--fresh')

    // Its delivery is found by its endpoint, dead, with every try.
    await page.getByLabel('Endpoint').fill(endpoint.endpoint_id)
    const row = page.getByRole('row').filter({ hasText: endpoint.endpoint_id })
    await row.filter({ hasText: 'dead' }).first().waitFor(LONG)
    await row.filter({ hasText: 'dead' }).first().getByRole('link').first().click()
    await page.getByText('Given up.', { exact: true }).waitFor(LONG)
    await page.getByText('Try 2').waitFor()
    await page.getByText('status 500').first().waitFor()
    await expectAccessible(page)

    await page.getByRole('link', { name: 'Dead letters' }).last().click()
    const record = page.getByRole('listitem').filter({ hasText: endpoint.endpoint_id }).first()
    await record.waitFor(LONG)
    await expectAccessible(page)
    const before = customer.posted.length
    customer.status = 200
    await record.getByRole('button', { name: 'Put back' }).click()
    const dialog = page.getByRole('dialog', { name: 'Redrive dead letters' })
    await dialog.getByLabel('Reason').fill('The customer is back')
    await dialog.getByRole('button', { name: 'Count first' }).click()
    const put = dialog.getByRole('button', { name: 'Put 1 back' })
    await put.waitFor(LONG)
    await expectAccessible(page)
    expect(customer.posted.length, 'counting puts nothing back').toBe(before)
    await put.click()
    await page.getByRole('region', { name: 'Redrives' }).getByText('done', { exact: true }).waitFor(LONG)
    await expect.poll(() => customer.posted.length, LONG).toBeGreaterThan(before)
    await callApi(page, `/endpoints/${endpoint.endpoint_id}/disable`, {})
  }, 180_000)
}

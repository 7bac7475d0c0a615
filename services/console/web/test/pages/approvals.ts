import { expect, test } from 'vitest'
import { expectAccessible } from '../support/accessible.ts'
import { callApi } from '../support/call-api.ts'
import type { Console } from '../support/console.ts'
import { startCustomer } from '../support/customer.ts'

const LONG = { timeout: 60_000 }

export function approvals(use: () => Console): void {
  test('a webhook response waits for a decision, is shown exactly, approved, sent, and stands in the audit', async () => {
    await using customer = await startCustomer()
    await using opened = await use().open('/approvals')
    const { page } = opened
    await callApi(page, '/responses', {
      response_url: customer.url,
      response_data: { answer: 'forty-two' },
      response_type: 'knowledge_graph',
      client_id: 'client-of-the-test',
      reason: 'Asked for by phone',
    })
    await page.getByText('One person is enough here').waitFor()
    await page.getByRole('row').filter({ hasText: 'Asked for by phone' }).getByRole('link').click(LONG)
    await page.getByRole('region', { name: 'Exactly this is done' }).getByText(customer.url).waitFor()
    await expectAccessible(page)
    expect(customer.posted, 'nothing is sent before the decision').toEqual([])
    await page.getByLabel('Why (for the audit)').fill('Checked with the client')
    await page.getByRole('button', { name: 'Approve' }).click()
    await expect.poll(() => customer.posted.length, LONG).toBe(1)
    expect(customer.posted[0]?.body).toContain('forty-two')
    await page.getByRole('region', { name: 'Request' }).getByText('done', { exact: true }).waitFor(LONG)

    await page.getByRole('link', { name: 'Audit' }).click()
    await page.getByLabel('Action').fill('approval')
    await page.getByRole('row').filter({ hasText: 'Checked with the client' }).first().waitFor(LONG)
    await page.getByRole('button', { name: 'Verify the chain' }).click()
    await page.getByText('The chain is whole').waitFor(LONG)
    await expectAccessible(page)
  })

  test('a request that is refused does nothing', async () => {
    await using customer = await startCustomer()
    await using opened = await use().open('/approvals')
    const { page } = opened
    await callApi(page, '/responses', {
      response_url: customer.url,
      response_data: {},
      response_type: 'knowledge_graph',
      client_id: 'client-of-the-test',
      reason: 'By mistake',
    })
    await page.getByRole('row').filter({ hasText: 'By mistake' }).getByRole('link').click(LONG)
    await page.getByRole('button', { name: 'Refuse' }).click()
    await page.getByRole('region', { name: 'Request' }).getByText('refused', { exact: true }).waitFor(LONG)
    expect(customer.posted).toEqual([])

    // As it is answered from seven days after its end.
    await page.route('**/approvals/*', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, json: { ...(await response.json()), params: null } })
    })
    await page.getByRole('region', { name: 'Exactly this is done' }).getByText('kept for seven days').waitFor(LONG)
  })
}

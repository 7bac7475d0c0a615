import { waitFor } from '@millrace/test-support'
import { expect, test } from 'vitest'
import type { Console } from '../support/console.ts'

const HOPS = ['received', 'deduped', 'snapshot', 'graph']
const LONG = { timeout: 30_000 }

interface ReceiverRequest {
  readonly headers: Readonly<Record<string, string>>
}

export function newcomer(use: () => Console): void {
  test('a newcomer finds the whole story of the demo event in two clicks, replays it, and sees the second delivery', async () => {
    const { system } = use()
    const conversation = demoConversation(system.output)
    await using opened = await use().open('/')
    const { page } = opened

    // Two clicks: the list, the event.
    await page.getByRole('link', { name: 'Events', exact: true }).click()
    const row = page.getByRole('row').filter({ hasText: conversation }).filter({ hasText: 'message.received' })
    await row.first().getByRole('link', { name: 'message.received' }).click()

    // Its whole story: every hop done, and a delivery that arrived.
    const first = page.getByRole('region', { name: 'Its way through Millrace' })
    for (const hop of HOPS) await first.locator(`[data-kind="${hop}"][data-state="done"]`).first().waitFor(LONG)
    await first.locator('[data-kind="attempt"][data-state="done"]').first().waitFor(LONG)
    await page.getByLabel('Payload as a tree').getByText('conversation').first().waitFor()
    const before = await deliveryIds(system.receiverUrl)

    await page.getByRole('button', { name: 'Replay' }).click()
    const dialog = page.getByRole('dialog', { name: 'Replay this event' })
    await dialog.getByText('This event, once more').waitFor(LONG)
    await dialog.getByRole('button', { name: 'Replay' }).click()

    // The second delivery, on the page and at the customer.
    const second = page.getByRole('region', { name: 'Run 2' })
    await second.locator('[data-kind="attempt"][data-state="done"]').first().waitFor(LONG)
    const after = await waitFor(
      async () => {
        const ids = await deliveryIds(system.receiverUrl)
        return ids.length > before.length && ids
      },
      { what: 'the receiver to get the delivery again' },
    )
    expect(before, 'the delivery keeps its webhook-id').toContain(after.at(-1))
  })
}

/** The conversation that the terminal has told the way of. */
function demoConversation(output: readonly string[]): string {
  const line = output.find((text) => text.includes('The way of one event'))
  const found = /cnv_\w+/.exec(line ?? '')?.[0]
  if (found === undefined) throw new Error(`npm start has told of no event:\n${output.join('\n')}`)
  return found
}

async function deliveryIds(receiverUrl: string): Promise<string[]> {
  const answer = await fetch(`${receiverUrl}/_control/requests`)
  const requests: readonly ReceiverRequest[] = await answer.json()
  return requests.map(({ headers }) => headers['webhook-id'] ?? '')
}

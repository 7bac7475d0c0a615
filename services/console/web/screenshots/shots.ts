import type { BrowserContextOptions, Page } from 'playwright-core'
import { type Console, NARROW, WIDE } from '../test/support/console.ts'

/** One picture: a page as somebody sees it. */
export interface Shot extends Pick<BrowserContextOptions, 'viewport' | 'colorScheme'> {
  /** Of the file, without its ending. */
  readonly name: string
  /** Below the tenant. */
  readonly path: string | ((running: Console) => Promise<string>)
  /** What is done on the page first. */
  readonly prepare?: (page: Page) => Promise<void>
}

export const shots: readonly Shot[] = [
  { name: 'overview', path: '/?minutes=15', viewport: WIDE, colorScheme: 'light', prepare: figuresStand },
  { name: 'overview-dark', path: '/?minutes=15', viewport: WIDE, colorScheme: 'dark', prepare: figuresStand },
  { name: 'overview-narrow', path: '/?minutes=15', viewport: NARROW, colorScheme: 'light', prepare: figuresStand },
  { name: 'event', path: retriedEvent, viewport: WIDE, colorScheme: 'light', prepare: wayStands },
  { name: 'event-narrow', path: retriedEvent, viewport: NARROW, colorScheme: 'dark', prepare: wayStands },
  { name: 'events', path: '/events?type=message.*', viewport: WIDE, colorScheme: 'light' },
  { name: 'graph', path: clientGraph, viewport: WIDE, colorScheme: 'light', prepare: graphStands },
  { name: 'endpoints', path: '/endpoints', viewport: WIDE, colorScheme: 'light' },
  { name: 'parity', path: '/parity', viewport: WIDE, colorScheme: 'light' },
]

async function figuresStand(page: Page): Promise<void> {
  await page.getByText('Freshness p50').waitFor()
}

async function wayStands(page: Page): Promise<void> {
  await page.getByRole('region', { name: 'Its way through Millrace' }).waitFor()
  await page.getByLabel('Payload as a tree').waitFor()
}

/** What is around a client, three steps far: it is drawn, not only listed. */
async function clientGraph({ open }: Console): Promise<string> {
  await using opened = await open('/graph')
  const { page } = opened
  const path = page.url().replace('/t/', '/api/v1/tenants/')
  const answer = await page.request.get(`${path}/nodes?type=client&limit=1`)
  const { items }: { items: readonly { id: string }[] } = await answer.json()
  return `/graph?depth=3&node=${encodeURIComponent(items[0]?.id ?? '')}`
}

async function graphStands(page: Page): Promise<void> {
  await page
    .getByRole('img', { name: /Picture of/ })
    .locator('canvas')
    .first()
    .waitFor()
  await page.getByRole('region', { name: 'Relationships' }).getByRole('link').first().waitFor()
}

/** An event whose delivery needed more than one try: the deliveries that failed first tell which. */
async function retriedEvent({ open }: Console): Promise<string> {
  await using opened = await open('/deliveries')
  const { page } = opened
  const path = page.url().replace('/t/', '/api/v1/tenants/')
  const { items }: { items: readonly { event_id: string; attempts: number }[] } = await (
    await page.request.get(`${path}?limit=200`)
  ).json()
  const [most] = items.toSorted((a, b) => b.attempts - a.attempts)
  return most === undefined ? '/events' : `/events/${encodeURIComponent(most.event_id)}`
}

// Starts a whole `npm start`, lets a simulated team work for some minutes, and takes the pictures that the READMEs show.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { root, sayAloud } from '@millrace/local'
import { waitFor } from '@millrace/test-support'
import { buildPage } from '../test/support/build-page.ts'
import { type Console, startConsole } from '../test/support/console.ts'
import { requireChromium } from './require-chromium.ts'
import { shots } from './shots.ts'

const directory = join(root, 'docs/images/console')
const MINUTES = 4
const EVENTS = 150
const PASSWORD = 'for these pictures only'

requireChromium()
await mkdir(directory, { recursive: true })
sayAloud.line('Building the page, starting Millrace')
await buildPage()
const running = await startConsole()
try {
  await setPassword(running)
  await makeTraffic(running)
  for (const { name, path, prepare, ...look } of shots) {
    await using opened = await running.open(typeof path === 'string' ? path : await path(running), look)
    await opened.page.getByRole('heading', { level: 1 }).waitFor()
    await opened.page.getByText('Loading').first().waitFor({ state: 'detached' })
    await prepare?.(opened.page)
    await opened.page.screenshot({ path: join(directory, `${name}.png`), animations: 'disabled' })
    sayAloud.line(`docs/images/console/${name}.png`)
  }
} finally {
  await running.close()
}

/** What the overview asks of a newcomer is done before its picture is taken. */
async function setPassword({ open }: Console): Promise<void> {
  await using opened = await open('/')
  const { page } = opened
  await page.getByRole('button', { name: 'Set a password' }).click()
  await page.getByLabel('New password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.getByText('The password is set.').waitFor()
}

/** A team at work, an endpoint that fails at first, and somebody with a wrong secret. */
async function makeTraffic({ system, open }: Console): Promise<void> {
  sayAloud.line('A simulated team works for some minutes')
  await post(`${system.receiverUrl}/_control/fail`, [500, 500, 500])
  await post(`${system.simulatorUrl}/_control/life`, { events_per_minute: 40, minutes: MINUTES })
  for (let attempt = 0; attempt < 3; attempt += 1)
    await post(`${system.gatewayUrl}/api/webhooks/front`, {}, { 'x-front-signature': 'bm90IGEgc2lnbmF0dXJl' })
  await using opened = await open('/events')
  const api = opened.page.request
  const path = opened.page.url().replace('/t/', '/api/v1/tenants/')
  await waitFor(async () => (await (await api.get(`${path}?limit=${EVENTS}`)).json()).items.length >= EVENTS, {
    what: `${EVENTS} events in the ledger`,
    deadlineMs: (MINUTES + 3) * 60_000,
    everyMs: 1_000,
  })
}

async function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  })
}

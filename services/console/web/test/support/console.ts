import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { launchChromium } from './chromium.ts'
import { type RunningMillrace, startMillrace } from './start-millrace.ts'

/** A page of a test. Closing it fails the test when the page has written an error to the browser's console. */
export interface OpenPage extends AsyncDisposable {
  readonly page: Page
}

/** A running console with a Chromium before it, logged in as the first administrator. */
export interface Console {
  readonly system: RunningMillrace
  readonly browser: Browser
  /** Opens a path below the tenant, such as `/events`, as the first administrator. */
  open(path: string, options?: BrowserContextOptions): Promise<OpenPage>
  /** A window that nobody is logged in to. */
  openStranger(path: string, options?: BrowserContextOptions): Promise<OpenPage>
  close(): Promise<void>
}

export const WIDE = { width: 1360, height: 900 }
export const NARROW = { width: 360, height: 780 }

/** Starts everything and logs in by the link that `npm start` has printed. */
export async function startConsole(): Promise<Console> {
  return consoleOf(await startMillrace(), await launchChromium())
}

/** Logs in to a system that runs; closing ends it, and the browser. */
async function consoleOf(system: RunningMillrace, browser: Browser): Promise<Console> {
  const close = async () => {
    await browser.close()
    await system.stop()
  }
  try {
    const context = await browser.newContext({ viewport: WIDE })
    const page = await context.newPage()
    await page.goto(system.link)
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    const storageState = await context.storageState()
    const tenant = new URL(page.url()).pathname
    await context.close()
    const open = (url: string, options: BrowserContextOptions) => openWatched(browser, url, options)
    return {
      system,
      browser,
      open: (path, options) =>
        open(`${system.consoleUrl}${tenant}${path.replace(/^\/(?=\?|$)/, '')}`, {
          viewport: WIDE,
          storageState,
          ...options,
        }),
      openStranger: (path, options) => open(`${system.consoleUrl}${path}`, { viewport: WIDE, ...options }),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function openWatched(browser: Browser, url: string, options: BrowserContextOptions): Promise<OpenPage> {
  // What moves only costs time here: a look at a page is at how it stays.
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    // The browser tells every answer of 400 and more so; what the page makes of it is what a test looks at.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text())
  })
  await page.goto(url)
  return {
    page,
    [Symbol.asyncDispose]: async () => {
      await context.close()
      expect(errors).toEqual([])
    },
  }
}

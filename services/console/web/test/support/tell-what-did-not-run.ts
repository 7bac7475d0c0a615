import { findChromium } from './chromium.ts'

/** vitest's global set-up: says loudly that nothing was seen in a browser, and is an error where a machine checks changes. */
export function setup(): void {
  if (findChromium() !== undefined) return
  const text =
    'NOT RUN: every test of the console in a browser (services/console/web/test/pages.test.ts), because there is no Chromium here.\n' +
    '         Install one (Debian: apt-get install chromium), or name one by CHROMIUM_PATH.'
  if (process.env.CI) throw new Error(text)
  const line = '='.repeat(120)
  console.error(`\n${line}\n${text}\n${line}\n`)
}

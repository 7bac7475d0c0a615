import { findChromium } from '../test/support/chromium.ts'

/** Ends the program with what to do where there is no Chromium. */
export function requireChromium(): void {
  if (findChromium() !== undefined) return
  console.error(
    'There is no Chromium here: install one (Debian: apt-get install chromium), or name one by CHROMIUM_PATH.',
  )
  process.exit(1)
}

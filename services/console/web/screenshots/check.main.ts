// Starts a whole `npm start` and looks at every page in light and dark, wide and at 360 px: all of axe's rules, and nothing cut off at the side.
import { sayAloud } from '@millrace/local'
import { barriersOn, pixelsBeyond } from '../test/support/accessible.ts'
import { buildPage } from '../test/support/build-page.ts'
import { NARROW, startConsole, WIDE } from '../test/support/console.ts'
import { visitPages } from '../test/support/visit-pages.ts'
import { requireChromium } from './require-chromium.ts'

const schemes = ['light', 'dark'] as const

requireChromium()
sayAloud.line('Building the page, starting Millrace')
await buildPage()
const running = await startConsole()
let [looks, findings] = [0, 0]
try {
  for (const colorScheme of schemes) {
    await using opened = await running.open('/', { viewport: WIDE, colorScheme })
    const { page } = opened
    await visitPages(page, async (label) => {
      for (const viewport of [NARROW, WIDE]) {
        await page.setViewportSize(viewport)
        const beyond = await pixelsBeyond(page)
        const found = [...(await barriersOn(page)), ...(beyond > 0 ? [`${beyond} pixels are beyond the edge`] : [])]
        for (const each of found) sayAloud.line(`${label}, ${colorScheme}, ${viewport.width} px: ${each}`)
        looks += 1
        findings += found.length
      }
    })
  }
} finally {
  await running.close()
}
sayAloud.line(`${looks} looks at pages, ${findings} findings`)
if (findings > 0 || looks === 0) process.exitCode = 1

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { launchChromium } from '@millrace/console-web/test-support'
import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import type { PictureOfDashboard } from './page/picture.ts'

const page = join(import.meta.dirname, 'page')
const WIDTH = 1_232

/** Draws each dashboard with our own renderer in Chromium, into WebP files of its name. */
export async function takePictures(dashboards: ReadonlyMap<string, PictureOfDashboard>, into: string): Promise<void> {
  await mkdir(into, { recursive: true })
  const bundled = await build({ entryPoints: [join(page, 'main.ts')], bundle: true, write: false, format: 'iife' })
  const script = bundled.outputFiles[0]?.text ?? ''
  const styles = [createRequire(import.meta.url).resolve('uplot/dist/uPlot.min.css'), join(page, 'page.css')]
  const style = (await Promise.all(styles.map((file) => readFile(file, 'utf8')))).join('\n')
  const browser = await launchChromium()
  try {
    for (const [name, dashboard] of dashboards) {
      const tab = await browser.newPage({ viewport: { width: WIDTH, height: 800 } })
      await tab.setContent(`<!doctype html><meta charset="utf-8"><style>${style}</style><body></body>`)
      await tab.addScriptTag({ content: script })
      await tab.evaluate(`drawDashboard(${JSON.stringify(dashboard)})`)
      await writeFile(join(into, `${name}.webp`), await pictureOf(tab))
      await tab.close()
    }
  } finally {
    await browser.close()
  }
}

/** The whole page as WebP, a third of what PNG takes for so many lines. */
async function pictureOf(tab: Page): Promise<Buffer> {
  const { scrollHeight: height } = await tab.evaluate<{ scrollHeight: number }>(
    '({ scrollHeight: document.documentElement.scrollHeight })',
  )
  await tab.setViewportSize({ width: WIDTH, height })
  const session = await tab.context().newCDPSession(tab)
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 88 })
  return Buffer.from(data, 'base64')
}

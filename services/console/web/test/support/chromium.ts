import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** The Chromium of this machine: the one that `CHROMIUM_PATH` names, else the first on the PATH; undefined where there is none. */
export function findChromium(variables: NodeJS.ProcessEnv = process.env): string | undefined {
  const { CHROMIUM_PATH, PATH = '' } = variables
  if (CHROMIUM_PATH) return CHROMIUM_PATH
  const directories = PATH.split(delimiter)
  return directories.flatMap((directory) => names.map((name) => join(directory, name))).find((path) => existsSync(path))
}

/** @throws Error that says what to do, when there is none. */
export function launchChromium(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined)
    throw new Error(
      'There is no Chromium here: install one (Debian: apt-get install chromium), or name one by CHROMIUM_PATH.',
    )
  // As root, which a container often is, Chromium's sandbox cannot start; the pages are our own.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath, args: [...sandbox, '--disable-dev-shm-usage'] })
}

import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { LocalError, root } from '@millrace/local'

const run = promisify(execFile)
const cache = join(root, '.local/cache/debian')
const DOWNLOAD_WITHIN_MS = 120_000

/** Programs that Go cannot install by their module, with the package that has them. */
const packages = {
  promtool: { name: 'prometheus', path: 'usr/bin/promtool', elsewhere: 'brew install prometheus' },
  amtool: { name: 'prometheus-alertmanager', path: 'usr/bin/amtool', elsewhere: 'brew install alertmanager' },
  etcd: { name: 'etcd-server', path: 'usr/bin/etcd', elsewhere: 'brew install etcd' },
} as const

/**
 * Path of a program: the one on PATH, else the Debian package's, taken out of it and kept in `.local/cache`; installing the package would start a server.
 * @throws LocalError naming what to install, where there is neither
 */
export async function debianTool(program: keyof typeof packages, say: (text: string) => void): Promise<string> {
  const found = onPath(program)
  if (found !== undefined) return found
  const { name, path, elsewhere } = packages[program]
  const kept = join(cache, name, path)
  if (isExecutable(kept)) return kept
  say(`taking ${program} out of Debian's package ${name}`)
  try {
    await unpack(name)
  } catch (cause) {
    throw new LocalError(
      'MR_LOCAL_SETTING',
      `Checking the deployment needs ${program} (apt-get install ${name}; ${elsewhere}), and the package could not be fetched.`,
      { cause },
    )
  }
  return kept
}

async function unpack(name: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  const partial = await mkdtemp(join(cache, `${name}.partial-`))
  try {
    await run('apt-get', ['download', name], { cwd: partial, timeout: DOWNLOAD_WITHIN_MS })
    const [archive = ''] = (await readdir(partial)).filter((file) => file.endsWith('.deb'))
    await run('dpkg-deb', ['-x', join(partial, archive), join(partial, 'root')])
    await rename(join(partial, 'root'), join(cache, name))
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

function onPath(program: string): string | undefined {
  const directories = (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '')
  return directories.map((directory) => join(directory, program)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

import { rmSync, writeFileSync } from 'node:fs'
import type { ConsoleSettings } from '../settings.ts'
import { giveFirstCode } from './codes.ts'
import { linkTo } from './link.ts'
import type { Db } from './users.ts'

/**
 * While nobody can log in as administrator of everything: makes a one-time link for the first one and writes it where only who has the machine
 * reads it, never into the log.
 */
export async function tellFirstLink(
  db: Db,
  settings: Pick<ConsoleSettings, 'baseUrl' | 'port' | 'linkFile'>,
  write: (text: string) => void = (text) => void process.stdout.write(text),
): Promise<void> {
  const { linkFile } = settings
  const code = await giveFirstCode(db, Date.now())
  if (code === undefined) {
    if (linkFile !== undefined) rmSync(linkFile, { force: true })
    return
  }
  const { link, link_expires_at } = linkTo(settings, code)
  if (linkFile !== undefined) writeFileSync(linkFile, `${link}\n`, { mode: 0o600 })
  else
    write(
      `The first administrator logs in by this link, once, until ${new Date(link_expires_at).toISOString()}:\n  ${link}\n`,
    )
}

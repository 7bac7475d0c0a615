import { rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConsoleSettings } from '../settings.ts'
import { giveFirstCode, hasFirstCode } from './codes.ts'
import { linkTo } from './link.ts'
import { isDatabaseAway } from './outage.ts'
import type { Db } from './users.ts'

const LOOK_EVERY_MS = 5_000

export interface FirstLinkParts {
  readonly db: Db
  readonly settings: Pick<ConsoleSettings, 'baseUrl' | 'port' | 'linkFile'>
  readonly log: { warn(facts: object, text: string): void; error(facts: object, text: string): void }
  /** Default: standard output. */
  readonly write?: (text: string) => void
  readonly everyMs?: number
}

/**
 * While nobody can log in as administrator of everything: makes a one-time link for the first one and writes it where only who has the machine
 * reads it, never into the log. Looks again every 5 s: a link expires, and a database that was lost takes its users with it, which the log then says.
 * @returns ends the looking
 * @throws the database's error at the first look
 */
export async function keepFirstLink(parts: FirstLinkParts): Promise<() => Promise<void>> {
  const { db, everyMs = LOOK_EVERY_MS } = parts
  const stopping = new AbortController()
  const { signal } = stopping
  await tellFirstLink(parts)
  let hadUsers = await hasUsers(db)
  const look = async () => {
    const has = await hasUsers(db)
    if (hadUsers && !has) tellLoss(parts)
    hadUsers = has
    if (!(await hasFirstCode(db, Date.now()))) await tellFirstLink(parts)
  }
  const run = async () => {
    for (let isFailing = false; ; ) {
      await sleep(everyMs, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      try {
        await look()
        isFailing = false
      } catch (error) {
        // The database's absence is told by whoever needs it.
        if (!isFailing && !isDatabaseAway(error)) parts.log.warn({ error }, 'the first link cannot be looked after')
        isFailing = true
      }
    }
  }
  const running = run()
  return async () => {
    stopping.abort()
    await running
  }
}

async function tellFirstLink({ db, settings, write = toStdout }: FirstLinkParts): Promise<void> {
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

function toStdout(text: string): void {
  process.stdout.write(text)
}

function tellLoss({ log, settings }: FirstLinkParts): void {
  const place = settings.linkFile ?? 'standard output'
  log.error(
    { link: place },
    'users, their tokens and open requests were lost with the database: log in by the new one-time link, then add users and tokens anew, or restore a backup',
  )
}

async function hasUsers(db: Db): Promise<boolean> {
  return (await db.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined
}

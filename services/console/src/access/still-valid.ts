import type { Transaction } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { ConsoleError } from '../errors.ts'
import type { Actor } from './actor.ts'
import { HOST } from './tables.ts'

/**
 * Refuses what a session or token that has ended since the request was let in would still do, and keeps it from ending before the transaction does: a
 * vouch ends them, and nothing of before may count after it.
 * @throws ConsoleError `MR_CONSOLE_UNAUTHENTICATED`
 */
export async function checkStillValid(trx: Transaction<Tables>, { sessionHash, tokenId, kind }: Actor): Promise<void> {
  if (sessionHash !== undefined) {
    const sessions = trx.selectFrom('sessions').select('user_id').where('hash', '=', sessionHash).forShare()
    if ((await sessions.executeTakeFirst()) === undefined) throw new ConsoleError('MR_CONSOLE_UNAUTHENTICATED')
  } else if (kind === 'token' && tokenId !== null && tokenId !== HOST) {
    const tokens = trx.selectFrom('tokens').select('user_id').where('id', '=', tokenId).forShare()
    if ((await tokens.executeTakeFirst()) === undefined) throw new ConsoleError('MR_CONSOLE_UNAUTHENTICATED')
  }
}

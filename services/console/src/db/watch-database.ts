import { setTimeout as delay } from 'node:timers/promises'
import type { ServiceContext } from '@millrace/service-kit'
import { createProbe } from '@millrace/service-kit'
import { sql } from 'kysely'
import type { Database } from './connect.ts'

/** A server that is gone without a word is not waited for longer, so that one which is back is seen soon. */
const DEADLINE_MS = 2_000

/** Has readiness tell whether the server answers now. What is embedded lives and dies with the process. */
export function watchDatabase(context: Pick<ServiceContext<unknown>, 'addCheck'>, { db, kind }: Database): void {
  if (kind === 'pglite') return
  const ask = async () => await Promise.race([sql`select 1`.execute(db), late()])
  context.addCheck({ name: 'database', ready: createProbe(ask) })
}

async function late(): Promise<never> {
  await delay(DEADLINE_MS, undefined, { ref: false })
  throw new Error(`no answer within ${DEADLINE_MS} ms`)
}

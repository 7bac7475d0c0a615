import type { ServiceContext } from '@millrace/service-kit'
import { createAccounts } from './access/accounts.ts'
import type { Database } from './db/connect.ts'
import type { Deps } from './deps.ts'
import type { ConsoleSettings } from './settings.ts'

/** Makes what the routes work with; what runs by itself is added to the context's life here too. */
export function composeDeps(context: ServiceContext<ConsoleSettings>, { db }: Database): Deps {
  const { settings, log, kafka, redis, sources } = context
  return { settings, log, kafka, redis, sources, db, accounts: createAccounts({ db, adminToken: settings.adminToken }) }
}
